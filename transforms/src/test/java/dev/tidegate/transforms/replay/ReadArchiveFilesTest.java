package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.CountedMetrics;
import dev.tidegate.transforms.files.CompletedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was archived comes back, whatever state the files are in. */
class ReadArchiveFilesTest {
  @TempDir Path archive;

  @Test
  void plainAndCompressedFilesGiveTheirEventsBackWithTheirHash() throws IOException {
    RawEvent first = ReplayEvents.event("first", Map.of("subject", "S"));
    RawEvent bytes =
        ReplayEvents.event("bytes").toBuilder().body(new byte[] {0, (byte) 0xff, '\n'}).build();
    RawEvent unreadable = ReplayEvents.unreadable("m1");
    ReplayEvents.archive(archive, first, bytes);
    CompletedFile.recover(archive);
    ReplayEvents.archive(archive, unreadable);
    assertThat(files()).hasSize(2).anyMatch(file -> file.toString().endsWith(".gz"));

    List<RawEvent> read = read(ReplayFilter.EVERYTHING);

    assertThat(read)
        .extracting(RawEvent::identity)
        .containsExactlyInAnyOrder("first", "bytes", "pubsub-message:m1");
    assertThat(read)
        .extracting(RawEvent::bodySha256)
        .containsExactlyInAnyOrder(first.bodySha256(), bytes.bodySha256(), unreadable.bodySha256());
    assertThat(byId(read, "bytes").body()).isEqualTo(bytes.body());
    assertThat(byId(read, "first").body()).isEqualTo("{\"id\":\"first\"}".getBytes(UTF_8));
    assertThat(byId(read, "first").attributes())
        .containsEntry("subject", "S")
        .containsEntry("body_sha256", first.bodySha256());
  }

  @Test
  void aLastLineThatIsBeingWrittenIsLeftOut() throws IOException {
    ReplayEvents.archive(archive, ReplayEvents.event("whole"), ReplayEvents.event("torn"));
    Path file = files().get(0);
    String text = Files.readString(file);
    for (int length = text.indexOf('\n') + 1; length < text.length(); length += 97) {
      Files.writeString(file, text.substring(0, length));
      assertThat(read(ReplayFilter.EVERYTHING))
          .extracting(RawEvent::identity)
          .containsExactly("whole");
    }
    Files.writeString(file, text.substring(0, text.length() - 1));
    assertThat(read(ReplayFilter.EVERYTHING)).hasSize(1);
  }

  @Test
  void aDamagedLineIsCountedAndTheRestIsRead() throws IOException {
    ReplayEvents.archive(archive, ReplayEvents.event("a"));
    Files.writeString(
        files().get(0), "\0\0\0\n{\"notification_id\":1}\n", StandardOpenOption.APPEND);
    ReplayEvents.archive(archive, ReplayEvents.event("b"));

    assertThat(read(ReplayFilter.EVERYTHING))
        .extracting(RawEvent::identity)
        .containsExactlyInAnyOrder("a", "b");
    assertThat(counters).containsEntry("archive_lines_unreadable", 2L);
  }

  @Test
  void aFileBesideItsCompressedCopyIsReadOnce() throws IOException {
    ReplayEvents.archive(archive, ReplayEvents.event("a"));
    Path plain = files().get(0);
    byte[] content = Files.readAllBytes(plain);
    CompletedFile.recover(archive);
    Files.write(plain, content);
    assertThat(files()).hasSize(2);

    assertThat(read(ReplayFilter.EVERYTHING)).hasSize(1);
  }

  @Test
  void onlyTheWantedDaysAreOpenedAndOnlyTheWantedTenantsRowsAreRead() throws IOException {
    ReplayEvents.archive(
        archive,
        received("day-before", "2026-01-30T23:59:59Z", "acme/eu"),
        received("wanted", "2026-01-31T00:00:00Z", "acme/eu"),
        received("day-after", "2026-02-01T00:00:00Z", "acme/eu"),
        received("other-tenant", "2026-01-31T00:00:00Z", "acme"));
    TimeRange time =
        new TimeRange(Instant.parse("2026-01-31T08:00:00Z"), Instant.parse("2026-02-01T00:00:00Z"));

    assertThat(ReadArchiveFiles.filesIn(archive.toString(), time))
        .singleElement()
        .asString()
        .contains("/received_date=2026-01-31/part-");
    assertThat(read(of(time, "acme/eu"))).extracting(RawEvent::identity).containsExactly("wanted");
    assertThat(read(of(TimeRange.ALWAYS, "acme", "acme/eu"))).hasSize(4);
    assertThat(read(of(TimeRange.ALWAYS, "another"))).isEmpty();
  }

  /** A row is of the tenant that its column names, whatever its body says. */
  @Test
  void aBodyThatNamesAnotherTenantDoesNotMislead() throws IOException {
    RawEvent event =
        received("named", "2026-01-31T00:00:00Z", "acme").toBuilder()
            .body("{\"tenant_id\":\"other\"}".getBytes(UTF_8))
            .build();
    ReplayEvents.archive(archive, event);

    assertThat(read(of(TimeRange.ALWAYS, "acme"))).hasSize(1);
    assertThat(read(of(TimeRange.ALWAYS, "other"))).isEmpty();
  }

  @Test
  void aDamagedLineIsCountedWhoeversEventsAreWanted() throws IOException {
    ReplayEvents.archive(archive, received("a", "2026-01-31T00:00:00Z", "acme"));
    Files.writeString(files().get(0), "{\"notification_id\":\0\n", StandardOpenOption.APPEND);

    assertThat(read(of(TimeRange.ALWAYS, "acme"))).hasSize(1);
    assertThat(counters).containsEntry("archive_lines_unreadable", 1L);
  }

  @Test
  void anArchiveThatIsNotThereIsEmpty() throws IOException {
    assertThat(read(ReplayFilter.EVERYTHING)).isEmpty();
  }

  @Test
  void theDeepestBodyThatIsTakenComesBack() throws IOException {
    String deepest = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);
    ReplayEvents.archive(
        archive, ReplayEvents.event("deep").toBuilder().body(deepest.getBytes(UTF_8)).build());

    assertThat(read(ReplayFilter.EVERYTHING))
        .singleElement()
        .satisfies(event -> assertThat(new String(event.body(), UTF_8)).isEqualTo(deepest));
  }

  private Map<String, Long> counters;

  private List<RawEvent> read(ReplayFilter filter) {
    List<RawEvent> read = new CopyOnWriteArrayList<>();
    FOUND.set(read);
    Pipeline pipeline = Pipeline.create();
    PAssert.that(pipeline.apply("Read", ReadArchiveFiles.in(archive.toString(), filter)))
        .satisfies(
            events -> {
              events.forEach(FOUND.get()::add);
              return null;
            });
    var result = pipeline.run();
    result.waitUntilFinish();
    counters = CountedMetrics.of(result);
    return read;
  }

  /** The DirectRunner runs in this JVM. */
  private static final AtomicReference<List<RawEvent>> FOUND = new AtomicReference<>();

  private static ReplayFilter of(TimeRange time, String... tenants) {
    return new ReplayFilter(time, Set.of(tenants), Set.of(), Set.of(), Set.of());
  }

  private static RawEvent received(String id, String time, String tenant) {
    return ReplayEvents.event(id, Map.of("received_at", time, "tenant_id", tenant));
  }

  private static RawEvent byId(List<RawEvent> events, String id) {
    return events.stream().filter(event -> event.identity().equals(id)).findAny().orElseThrow();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> tree = Files.walk(archive)) {
      return tree.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
