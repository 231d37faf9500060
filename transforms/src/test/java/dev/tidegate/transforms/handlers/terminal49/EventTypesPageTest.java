package dev.tidegate.transforms.handlers.terminal49;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The page that says which tables each event type writes is what the handlers really do. {@code
 * ./mvnw -pl transforms -am test -Dtest=EventTypesPageTest -Dtidegate.writePages=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes it anew.
 */
class EventTypesPageTest {
  private static final Path PAGE = Path.of("..", "docs", "event-types.md");

  private static final String HEADING =
      """
      # Terminal49's event types, and the tables each writes

      This page is written by a test that sends a notification of each type through its handler.

      *Itself* is what a notification writes when nothing is included: what it is about is known by
      its ID alone. *Included* is what the resources that come with it add, as far as they are there;
      whatever is included is stored, whichever type brings it. Types that are not in this table,
      retired and future ones, are archived and recorded in the ledger as `UNHANDLED`.

      | | event type | is about | itself | included |
      |---|---|---|---|---|
      """;

  /** What notifications of one family are about, and what they are known to include. */
  private enum Family {
    TRACKING_REQUEST("tracking_request", "tracking_request.", Fixtures.TRACKING_REQUEST),
    TRANSPORT("transport_event", "container.transport.", Fixtures.TRANSPORT_EVENT),
    DEADLINE("transport_event", "container.pickup_", Fixtures.DEADLINE_EVENT),
    CREATED("container_created_event", "container.created", Fixtures.CREATED_EVENT),
    UPDATED("container_updated_event", "container.updated", Fixtures.UPDATED_EVENT),
    POD_TERMINAL(
        "container_pod_terminal_changed_event",
        "container.pod_terminal_changed",
        Fixtures.POD_TERMINAL_CHANGED_EVENT),
    SHIPMENT("estimated_event", "shipment.", Fixtures.ESTIMATED_EVENT),
    DOCUMENT("document", "document.", Fixtures.DOCUMENT);

    private final String subjectType;
    private final String prefix;
    private final String subject;

    Family(String subjectType, String prefix, String subject) {
      this.subjectType = subjectType;
      this.prefix = prefix;
      this.subject = subject;
    }

    static Family of(String eventType) {
      return Stream.of(values()).filter(f -> eventType.startsWith(f.prefix)).findFirst().get();
    }

    Stream<String> included() {
      return this == DOCUMENT
          ? Stream.of(subject, Fixtures.DOCUMENT_REPRESENTATION, Fixtures.EMAIL_SUBMISSION)
          : Stream.of(
              subject,
              Fixtures.SHIPMENT,
              Fixtures.CONTAINER,
              Fixtures.PORT,
              Fixtures.TERMINAL,
              Fixtures.VESSEL);
    }
  }

  static Stream<String> eventTypes() {
    return Terminal49.eventTypes().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("eventTypes")
  void everyTypeWritesARowThoughNothingIsIncluded(String eventType) throws Exception {
    Notification bare = bare(eventType);
    Notification.SOURCE.validate(Notification.SOURCE.decode(bare.raw()));

    assertThat(bare.rows()).hasSize(1);
    assertThat(bare.rows().get(0).columns()).hasSize(1);
  }

  @Test
  void thePageSaysWhatTheHandlersDo() throws IOException {
    StringBuilder page = new StringBuilder(HEADING);
    List<String> types = eventTypes().toList();
    for (int i = 0; i < types.size(); i++) {
      String type = types.get(i);
      Set<String> itself = tablesOf(bare(type));
      Notification full = bare(type);
      Family.of(type).included().forEach(full::including);
      Set<String> included = tablesOf(full);
      included.removeAll(itself);
      page.append(
          "| %d | `%s` | %s | %s | %s |\n"
              .formatted(i + 1, type, Family.of(type).subjectType, list(itself), list(included)));
    }
    if (Boolean.getBoolean("tidegate.writePages")) {
      Files.createDirectories(PAGE.getParent());
      Files.writeString(PAGE, page);
    }
    assertThat(types).hasSize(43);
    assertThat(PAGE).content().isEqualTo(page.toString());
  }

  private static Notification bare(String eventType) {
    return Notification.of(eventType).about(Family.of(eventType).subjectType, "x-1");
  }

  private static Set<String> tablesOf(Notification notification) {
    return notification.rows().stream().map(Upsert::table).collect(Collectors.toSet());
  }

  /** In the order in which batches write them. */
  private static String list(Set<String> tables) {
    return Terminal49Tables.ALL.stream()
        .map(Table::name)
        .filter(tables::contains)
        .collect(joining(", "));
  }
}
