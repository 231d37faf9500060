package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tidegate.schemas.Upsert;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ContainerHandlerTest {
  private static final String UPDATED = "container.updated";

  @Test
  void aCreatedContainerHasAnEvent() {
    Notification notification =
        Notification.of("container.created")
            .about("container_created_event", "k-1")
            .including(Fixtures.CONTAINER)
            .including(Fixtures.CREATED_EVENT);

    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .contains(
            entry("t49_event_id", "k-1"),
            entry("event_type", "container.created"),
            entry("event_timestamp", "2026-03-02T07:00:00Z"),
            entry("timezone", "Etc/UTC"),
            entry("t49_container_id", "c-1"));
  }

  @Test
  void anUpdateIsARowForEachFieldItChanged() {
    Notification notification =
        updated(
            "{'available_for_pickup':[false,true],"
                + "'holds_at_pod_terminal':[[{'name':'customs','status':'hold'}],[]],"
                + "'pickup_appointment_at':[null,'2026-03-05T15:00:00Z']}");

    assertThat(changes(notification))
        .containsOnly(
            entry("available_for_pickup", "false -> true"),
            entry("holds_at_pod_terminal", "[{\"name\":\"customs\",\"status\":\"hold\"}] -> []"),
            entry("pickup_appointment_at", "null -> \"2026-03-05T15:00:00Z\""));
    assertThat(changeRows(notification).get("available_for_pickup"))
        .contains(
            entry("t49_event_id", "u-1"),
            entry("event_type", UPDATED),
            entry("changed_at", "2026-03-02T07:59:00Z"),
            entry("timezone", "America/New_York"),
            entry("data_source", "terminal"),
            entry("t49_container_id", "c-1"),
            entry("t49_terminal_id", "t-1"))
        .doesNotContainKey("t49_shipment_id");
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .contains(entry("event_type", UPDATED), entry("t49_container_id", "c-1"))
        .doesNotContainKey("extra");
  }

  @Test
  void changesOfShapesNobodyHasSeenAreKeptWhole() {
    assertThat(changes(updated("{'odd':7,'pair':[1,2,3],'named':{'from':1},'none':null}")))
        .containsOnly(
            entry("odd", "null -> 7"),
            entry("pair", "null -> [1,2,3]"),
            entry("named", "null -> {\"from\":1}"),
            entry("none", "null -> null"));
  }

  @Test
  void aFieldsFormerNameBecomesItsNameOfToday() {
    assertThat(changes(updated("{'pod_terminal_holds':[[],['x']]}")))
        .containsOnlyKeys("holds_at_pod_terminal");
    assertThat(changes(updated("{'pod_terminal_holds':[[],[1]],'holds_at_pod_terminal':[[],[2]]}")))
        .containsOnly(
            entry("pod_terminal_holds", "[] -> [1]"), entry("holds_at_pod_terminal", "[] -> [2]"));
  }

  @Test
  void aChangedDeadlineIsTheContainersWhereItDoesNotSayItself() {
    assertThat(
            updated("{'pickup_lfd_line':[null,'2026-03-09T05:00:00Z'],'pickup_lfd':[1,'soon']}")
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("pickup_lfd_line", "2026-03-09T05:00:00Z")
        .doesNotContainKey("pickup_lfd");
    assertThat(
            updated("{'pickup_lfd':[null,'2026-03-09T05:00:00Z']}")
                .including(Fixtures.CONTAINER)
                .row(Terminal49Tables.CONTAINERS))
        .containsEntry("pickup_lfd", "2026-03-07T08:00:00Z");
  }

  @Test
  void anUpdateThatIsNotIncludedIsAnEventAlone() {
    Notification notification = Notification.of(UPDATED).about("container_updated_event", "u-9");

    assertThat(notification.rows()).hasSize(1);
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .contains(entry("t49_event_id", "u-9"), entry("event_type", UPDATED));
  }

  @Test
  void anUpdateWithoutTimeOrChangesetIsStored() {
    Notification notification =
        Notification.of(UPDATED)
            .about("container_updated_event", "u-1")
            .including(
                "{'id':'u-1','type':'container_updated_event','attributes':{'changeset':"
                    + "{'x':[1,2]}}}");

    assertThat(changeRows(notification).get("x"))
        .contains(entry("after", "2"))
        .doesNotContainKeys("changed_at", "t49_container_id");
    assertThat(changes(updated("null"))).isEmpty();
  }

  @Test
  void aChangedTerminalIsAChangeAndTheContainersTerminal() {
    Notification notification =
        Notification.of("container.pod_terminal_changed")
            .about("container_pod_terminal_changed_event", "d-1")
            .including(Fixtures.POD_TERMINAL_CHANGED_EVENT);

    assertThat(changes(notification)).containsOnly(entry("pod_terminal", "null -> \"t-2\""));
    assertThat(notification.row(Terminal49Tables.CONTAINERS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_container_id", "c-1"),
            entry("t49_pod_terminal_id", "t-2"));
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .contains(
            entry("event_type", "container.pod_terminal_changed"),
            entry("t49_terminal_id", "t-2"),
            entry("terminal_name", null));
    // A container that is included and names a terminal knows better.
    assertThat(notification.including(Fixtures.CONTAINER).row(Terminal49Tables.CONTAINERS))
        .containsEntry("t49_pod_terminal_id", "t-1");
  }

  private static Notification updated(String changeset) {
    return Notification.of(UPDATED)
        .about("container_updated_event", "u-1")
        .including(Fixtures.UPDATED_EVENT.replace("{'x': [1, 2]}", changeset));
  }

  private static Map<String, String> changes(Notification notification) {
    Map<String, String> changes = new TreeMap<>();
    changeRows(notification)
        .forEach((field, row) -> changes.put(field, row.get("before") + " -> " + row.get("after")));
    return changes;
  }

  private static Map<String, Map<String, String>> changeRows(Notification notification) {
    Map<String, Map<String, String>> rows = new TreeMap<>();
    for (Upsert upsert : notification.rows()) {
      if (upsert.table().equals(Terminal49Tables.CONTAINER_CHANGES.name())) {
        Map<String, String> row = Notification.written(Terminal49Tables.CONTAINER_CHANGES, upsert);
        rows.put(row.get("field"), row);
      }
    }
    return rows;
  }
}
