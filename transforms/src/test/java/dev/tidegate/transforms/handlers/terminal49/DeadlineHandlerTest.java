package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tidegate.schemas.Upsert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineHandlerTest {
  private static final String OF_CONTAINER =
      "'relationships':{'container':{'data':{'id':'c-1','type':'container'}}}";

  @ParameterizedTest
  @CsvSource({
    "container.pickup_lfd.changed, pickup_lfd",
    "container.pickup_lfd_line.changed, pickup_lfd_line",
    "container.pickup_lfd_terminal.changed, pickup_lfd_terminal",
    "container.pickup_lfd_rail.changed, pickup_lfd_rail",
    "container.pickup_appointment.changed, pickup_appointment_at"
  })
  void movesTheDeadlineOfTheContainerItNamesAndNothingElse(String type, String column) {
    Notification notification =
        changed(type, "'value':'2026-03-09T07:00:00Z','timezone':'America/Chicago'", OF_CONTAINER);

    assertThat(notification.row(Terminal49Tables.CONTAINERS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_container_id", "c-1"),
            entry(column, "2026-03-09T07:00:00Z"));
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .contains(
            entry("event_type", type),
            entry("value", "\"2026-03-09T07:00:00Z\""),
            entry("timezone", "America/Chicago"),
            entry("t49_container_id", "c-1"));
  }

  @Test
  void withoutAContainerItIsAnEventAlone() {
    Notification notification =
        changed("container.pickup_lfd_rail.changed", "'value':'2026-03-09T07:00:00Z'", "");

    assertThat(notification.rows()).extracting(Upsert::table).containsExactly("container_events");
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .doesNotContainKey("t49_container_id");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        "'timestamp':'2026-03-08T07:00:00Z' | 2026-03-08T07:00:00Z",
        "'timestamp':'2026-03-08T07:00:00Z','value':'2026-03-09T07:00:00Z' | 2026-03-09T07:00:00Z",
        "'timestamp':'2026-03-08T07:00:00Z','value':null | -"
      })
  void theDeadlineIsTheValueOrElseTheTime(String attributes, String deadline) {
    assertThat(
            changed("container.pickup_lfd.changed", attributes, OF_CONTAINER)
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("pickup_lfd", deadline);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'2026-02-26'",
        "'2026-02-26 00:00:00'",
        "''",
        "'soon'",
        "1772092800",
        "true",
        "{'odd':1}",
        "['2026-03-09T07:00:00Z']"
      })
  void aValueThatCannotBeReadSaysNothing(String value) {
    Notification notification =
        changed(
            "container.pickup_lfd.changed",
            "'timestamp':'2026-03-08T07:00:00Z','created_at':'2026-03-02T07:59:58Z','value':"
                + value,
            OF_CONTAINER);

    assertThat(notification.rows()).extracting(Upsert::table).containsExactly("container_events");
    assertThat(notification.warnings())
        .singleElement()
        .asString()
        .startsWith("/included/0/attributes/value containers.pickup_lfd must be a ");
  }

  @Test
  void aValueWithItsOffsetBehindASpaceIsATime() {
    assertThat(
            changed(
                    "container.pickup_lfd.changed",
                    "'value':'2026-02-26 00:00:00 -0500'",
                    OF_CONTAINER)
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("pickup_lfd", "2026-02-26T05:00:00Z");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // When the change was noticed, and before.
        "2026-03-02T07:59:58Z, 2026-03-02T07:59:58Z",
        "2026-03-02T07:59:55Z, 2026-03-02T07:59:58Z",
        "2026-03-02T08:00:03Z, 2026-03-02T07:59:58Z",
        "2026-03-01T00:00:00Z, 2026-03-02T07:59:58Z",
        "2026-03-02T08:00:00Z, -",
      })
  void theTimeOfNoticeIsNoDeadline(String time, String createdAt) {
    String created = createdAt == null ? "" : ",'created_at':'%s'".formatted(createdAt);
    assertThat(
            changed(
                    "container.pickup_appointment.changed",
                    "'timestamp':'%s'%s".formatted(time, created),
                    OF_CONTAINER)
                .rows())
        .extracting(Upsert::table)
        .containsExactly("container_events");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'pickup_lfd':null",
        "'pickup_lfd':'2026-03-07T08:00:00Z'",
        "'import_deadlines':{'pickup_lfd':null}"
      })
  void aContainerThatMentionsItsDeadlineIsRight(String attribute) {
    Notification notification =
        changed("container.pickup_lfd.changed", "'timestamp':'2026-03-08T07:00:00Z'", OF_CONTAINER)
            .including(
                "{'id':'c-1','type':'container','attributes':{'number':'N',%s}}"
                    .formatted(attribute));

    assertThat(notification.row(Terminal49Tables.CONTAINERS))
        .doesNotContainEntry("pickup_lfd", "2026-03-08T07:00:00Z");
  }

  @Test
  void aContainerWhoseDeadlineCannotBeReadTakesTheEvents() {
    assertThat(
            changed("container.pickup_lfd.changed", "'value':'2026-04-01T07:00:00Z'", OF_CONTAINER)
                .including("{'id':'c-1','type':'container','attributes':{'pickup_lfd':''}}")
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("pickup_lfd", "2026-04-01T07:00:00Z");
  }

  @Test
  void withNeitherValueNorTimeTheDeadlineStays() {
    assertThat(changed("container.pickup_lfd.changed", "'timezone':null", OF_CONTAINER).rows())
        .extracting(Upsert::table)
        .containsExactly("container_events");
  }

  @Test
  void anIncludedContainerSpeaksForItself() {
    assertThat(
            changed("container.pickup_lfd.changed", "'value':'2026-04-01T07:00:00Z'", OF_CONTAINER)
                .including(Fixtures.CONTAINER)
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("pickup_lfd", "2026-03-07T08:00:00Z");
    assertThat(
            changed(
                    "container.pickup_lfd_rail.changed",
                    "'value':'2026-04-01T07:00:00Z'",
                    OF_CONTAINER)
                .including(
                    "{'id':'c-1','type':'container','attributes':{'import_deadlines':"
                        + "{'pickup_lfd_rail':'2026-03-11T07:00:00Z','pickup_lfd_line':null}}}")
                .row(Terminal49Tables.CONTAINERS))
        .contains(entry("pickup_lfd_rail", "2026-03-11T07:00:00Z"), entry("pickup_lfd_line", null))
        .doesNotContainKey("pickup_lfd_terminal");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'pickup_lfd':null", "'number':'NBLU2048175'"})
  void anIncludedContainerThatKnowsNoDeadlineTakesTheEvents(String attribute) {
    // The public examples of this type include a container whose pickup_lfd is null.
    assertThat(
            changed("container.pickup_lfd.changed", "'value':'2026-04-01T07:00:00Z'", OF_CONTAINER)
                .including("{'id':'c-1','type':'container','attributes':{%s}}".formatted(attribute))
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("pickup_lfd", "2026-04-01T07:00:00Z");
  }

  @Test
  void deadlinesOfTheContainerByTheirSourceAreColumns() {
    String container = "{'id':'c-1','type':'container','attributes':{'import_deadlines':%s}}";

    assertThat(
            Notification.of("container.updated")
                .including(
                    container.formatted(
                        "{'pickup_lfd_terminal':'2026-03-10T07:00:00Z','free_days':3}"))
                .row(Terminal49Tables.CONTAINERS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_container_id", "c-1"),
            entry("pickup_lfd_terminal", "2026-03-10T07:00:00Z"),
            entry("extra", "{\"import_deadlines\":{\"free_days\":3}}"));
    assertThat(
            Notification.of("container.updated")
                .including(container.formatted("null"))
                .row(Terminal49Tables.CONTAINERS))
        .contains(
            entry("pickup_lfd_terminal", null),
            entry("pickup_lfd_rail", null),
            entry("pickup_lfd_line", null));
    assertThat(
            Notification.of("container.updated")
                .including(container.formatted("['odd']"))
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("extra", "{\"import_deadlines\":[\"odd\"]}")
        .doesNotContainKey("pickup_lfd_rail");
  }

  private static Notification changed(String type, String attributes, String relationships) {
    return Notification.of(type)
        .about("transport_event", "e-1")
        .including(
            "{'id':'e-1','type':'transport_event','attributes':{%s}%s}"
                .formatted(attributes, relationships.isEmpty() ? "" : "," + relationships));
  }
}
