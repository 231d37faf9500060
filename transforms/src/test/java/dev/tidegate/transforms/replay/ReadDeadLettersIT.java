package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.DeadLetters;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.replay.DeadLetterFilter.Status;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Letters are chosen by PostgreSQL, and give their events back. */
class ReadDeadLettersIT {
  private static final Instant FAILED = Instant.parse("2026-01-31T13:00:00Z");
  private static final DeadLetterFilter OPEN =
      new DeadLetterFilter(Status.OPEN, TimeRange.ALWAYS, Set.of(), Set.of());

  static final TestDatabase DATABASE = TestDatabase.create();

  private static final DeadLetter INVALID =
      letter(ReplayEvents.event("invalid", Map.of("subject", "S")), ErrorClass.INVALID, FAILED);
  private static final DeadLetter OTHER_TENANT =
      letter(
          ReplayEvents.event("other", Map.of("tenant_id", "acme")),
          ErrorClass.DATABASE_REJECTED,
          FAILED.plusSeconds(60));
  private static final DeadLetter UNREADABLE =
      letter(ReplayEvents.unreadable("m1"), ErrorClass.UNDECODABLE, FAILED.plusSeconds(120));
  private static final DeadLetter REFUSED_BY_ARCHIVE =
      letter(ReplayEvents.event("archive"), ErrorClass.ARCHIVE_REJECTED, FAILED.plusSeconds(180));

  @BeforeAll
  static void fill() {
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(
            Create.of(INVALID, OTHER_TENANT, UNREADABLE, REFUSED_BY_ARCHIVE)
                .withCoder(DeadLetterCoder.of()))
        .apply("Keep", DeadLetters.in(TestConfiguration.of(DATABASE), EventSources.installed()));
    pipeline.run().waitUntilFinish();
  }

  @Test
  void aLettersEventComesBackWithWhatIsKnownOfIt() throws SQLException {
    RawEvent event = only(read(ReplayFilter.EVERYTHING, letters(Set.of(ErrorClass.INVALID))));

    assertThat(event.identity()).isEqualTo("invalid");
    assertThat(event.body()).isEqualTo("{ \"id\": \"invalid\" }".getBytes(UTF_8));
    assertThat(event.bodySha256()).isEqualTo(INVALID.event().bodySha256());
    assertThat(event.publishTime()).isEqualTo(ReplayEvents.PUBLISHED);
    assertThat(event.attributes())
        .containsEntry("subject", "S")
        .containsEntry("attempts", "1")
        .containsEntry("body_sha256", INVALID.event().bodySha256())
        .containsEntry(
            "dead_letter_id",
            DATABASE.query(
                "SELECT dead_letter_id FROM event_dead_letters"
                    + " WHERE notification_id = 'invalid'"));
  }

  @Test
  void whatTheArchiveRefusedIsToBeArchived() {
    assertThat(only(read(ReplayFilter.EVERYTHING, letters(Set.of(ErrorClass.ARCHIVE_REJECTED)))))
        .satisfies(event -> assertThat(event.attributes()).doesNotContainKey("body_sha256"));
  }

  @Test
  void everyFilterChooses() {
    assertThat(read(ReplayFilter.EVERYTHING, OPEN)).hasSize(4);
    assertThat(ids(filter(Set.of("acme"), Set.of(), Set.of(), Set.of()))).containsExactly("other");
    assertThat(ids(filter(Set.of(), Set.of("nobody"), Set.of(), Set.of()))).isEmpty();
    assertThat(ids(filter(Set.of(), Set.of(), Set.of("container.updated"), Set.of())))
        .containsExactlyInAnyOrder("invalid", "other", "archive");
    assertThat(ids(filter(Set.of(), Set.of(), Set.of(), Set.of("pubsub-message:m1"))))
        .containsExactly("pubsub-message:m1");
    assertThat(
            read(
                ReplayFilter.EVERYTHING,
                new DeadLetterFilter(
                    Status.OPEN,
                    new TimeRange(FAILED.plusSeconds(60), FAILED.plusSeconds(120)),
                    Set.of(),
                    Set.of())))
        .extracting(RawEvent::identity)
        .containsExactly("other");
    assertThat(
            read(
                ReplayFilter.EVERYTHING,
                new DeadLetterFilter(
                    Status.OPEN, TimeRange.ALWAYS, Set.of(), Set.of(UNREADABLE.fingerprint()))))
        .extracting(RawEvent::identity)
        .containsExactly("pubsub-message:m1");
    assertThat(
            read(
                ReplayFilter.EVERYTHING,
                new DeadLetterFilter(Status.DISCARDED, TimeRange.ALWAYS, Set.of(), Set.of())))
        .isEmpty();
  }

  private static ReplayFilter filter(
      Set<String> tenants, Set<String> sources, Set<String> types, Set<String> ids) {
    return new ReplayFilter(TimeRange.ALWAYS, tenants, sources, types, ids);
  }

  private static DeadLetterFilter letters(Set<ErrorClass> classes) {
    return new DeadLetterFilter(Status.OPEN, TimeRange.ALWAYS, classes, Set.of());
  }

  private static List<String> ids(ReplayFilter filter) {
    return read(filter, OPEN).stream().map(RawEvent::identity).toList();
  }

  private static RawEvent only(List<RawEvent> events) {
    assertThat(events).hasSize(1);
    return events.get(0);
  }

  /** The DirectRunner runs in this JVM. */
  private static final List<RawEvent> FOUND = Collections.synchronizedList(new ArrayList<>());

  private static List<RawEvent> read(ReplayFilter events, DeadLetterFilter letters) {
    FOUND.clear();
    Pipeline pipeline = Pipeline.create();
    PAssert.that(
            pipeline.apply(
                "Read", ReadDeadLetters.of(TestConfiguration.of(DATABASE), events, letters)))
        .satisfies(
            found -> {
              found.forEach(FOUND::add);
              return null;
            });
    pipeline.run().waitUntilFinish();
    return List.copyOf(FOUND);
  }

  private static DeadLetter letter(RawEvent event, ErrorClass errorClass, Instant failedAt) {
    return DeadLetter.builder()
        .event(event)
        .stage("Decode")
        .errorClass(errorClass)
        .errorMessage("failed as " + errorClass)
        .failedAt(failedAt)
        .build();
  }
}
