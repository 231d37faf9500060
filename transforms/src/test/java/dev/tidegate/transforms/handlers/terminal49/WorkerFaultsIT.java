package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One test for each fault of the workers that people run today (issue 3): what they lose, crash on,
 * reject or overwrite is in the tables here.
 */
class WorkerFaultsIT {
  static final TestDatabase DATABASE = TestDatabase.create();

  private static final String NEWER = "2026-03-02T08:00:00Z";
  private static final String OLDER = "2026-03-01T08:00:00Z";

  private ConnectionPool pool;
  private EventWriter writer;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute(
        "TRUNCATE events, shipments, containers, container_events, container_changes,"
            + " shipment_events, tracking_requests, documents, vessels, locations");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    writer = new EventWriter(pool, new TransientRetry(() -> {}), Terminal49Tables.ALL, true);
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  @Test
  void trackingRequestsAreStored() throws Exception {
    send(
        Notification.of("tracking_request.succeeded")
            .about("tracking_request", "r-1")
            .including(Fixtures.TRACKING_REQUEST));

    assertThat(
            DATABASE.query(
                "SELECT request_number || ' ' || status || ' ' || t49_shipment_id"
                    + " FROM tracking_requests"))
        .isEqualTo("NBLX26020011 created s-1");
  }

  @Test
  void explicitlyNullRelationshipsAreFine() throws Exception {
    send(
        Notification.of("container.transport.vessel_arrived")
            .about("transport_event", "e-1")
            .including(
                "{'id':'c-1','type':'container','attributes':{'number':'NBLU2048175'},"
                    + "'relationships':{'shipment':{'data':null},'pod_terminal':{'data':null},"
                    + "'pickup_facility':null}}")
            .including(
                "{'id':'e-1','type':'transport_event','attributes':{'timestamp':null},"
                    + "'relationships':{'container':{'data':null},'vessel':{'data':null},"
                    + "'location':{'data':null},'terminal':{'data':null},'shipment':null}}"));

    assertThat(DATABASE.query("SELECT number FROM containers WHERE t49_shipment_id IS NULL"))
        .isEqualTo("NBLU2048175");
    assertThat(DATABASE.query("SELECT status FROM events")).isEqualTo("PROCESSED");
  }

  @Test
  void containersWhoseShipmentIsNotIncludedAreStoredNowAndLinkedWhenItComes() throws Exception {
    send(
        Notification.of("container.created")
            .about("container_created_event", "k-1")
            .including(Fixtures.CONTAINER));
    String linked =
        "SELECT c.number FROM containers c JOIN shipments s USING (tenant_id, t49_shipment_id)";
    assertThat(DATABASE.query("SELECT number FROM containers")).isEqualTo("NBLU2048175");
    assertThat(DATABASE.query(linked)).isNull();

    send(
        Notification.of("shipment.estimated.arrival")
            .withId("n-2")
            .about("estimated_event", "e-7")
            .including(Fixtures.SHIPMENT));

    assertThat(DATABASE.query(linked)).isEqualTo("NBLU2048175");
  }

  @Test
  void namesOfVesselsPortsAndTerminalsAreKept() throws Exception {
    send(
        Notification.of("container.transport.vessel_arrived")
            .about("transport_event", "e-1")
            .including(
                Fixtures.TRANSPORT_EVENT.replace(
                    "'terminal': {'data': null}",
                    "'terminal': {'data': {'id': 't-1', 'type': 'terminal'}}")));
    // The names come with another notification.
    send(
        Notification.of("container.updated")
            .withId("n-2")
            .including(Fixtures.VESSEL)
            .including(Fixtures.PORT)
            .including(Fixtures.TERMINAL));

    assertThat(
            DATABASE.query(
                """
                SELECT v.name || ', ' || p.name || ', ' || t.name
                FROM container_events e
                JOIN vessels v USING (tenant_id, t49_vessel_id)
                JOIN locations p USING (tenant_id, t49_location_id)
                JOIN locations t
                  ON t.tenant_id = e.tenant_id AND t.t49_location_id = e.t49_terminal_id
                """))
        .isEqualTo("NIMBUS PETREL, Los Angeles, Pier 9");
  }

  @Test
  void anOlderNotificationNeverOverwritesANewerState() throws Exception {
    send(released("n-newer", NEWER, true));
    send(released("n-older", OLDER, false));

    assertThat(DATABASE.query("SELECT available_for_pickup FROM containers")).isEqualTo("t");
    assertThat(DATABASE.query("SELECT count(*) FROM events WHERE status = 'PROCESSED'"))
        .isEqualTo("2");
  }

  @Test
  void nothingIsRecordedAsProcessedThatWasNotStored() throws Exception {
    // All 43 types with nothing included, as several of them come.
    int sent = 0;
    for (String type : Terminal49.eventTypes()) {
      for (String subject :
          List.of(
              "transport_event",
              "tracking_request",
              "estimated_event",
              "document",
              "container_created_event",
              "container_updated_event",
              "container_pod_terminal_changed_event")) {
        Notification notification =
            Notification.of(type).withId("n-" + sent).about(subject, "x-" + sent);
        if (isStorable(notification)) {
          send(notification);
          sent++;
        }
      }
    }
    send(Notification.of("shipment.transport.vessel_arrived").withId("n-retired"));

    assertThat(DATABASE.query("SELECT count(DISTINCT event_type) FROM events"))
        .as("every type has a subject it accepts, and one is retired")
        .isEqualTo("44");
    assertThat(DATABASE.query("SELECT count(*) FROM events WHERE status = 'PROCESSED'"))
        .isEqualTo(Integer.toString(sent));
    assertThat(
            DATABASE.query(
                """
                SELECT (SELECT count(*) FROM container_events)
                     + (SELECT count(*) FROM shipment_events)
                     + (SELECT count(*) FROM tracking_requests)
                     + (SELECT count(*) FROM documents)
                """))
        .isEqualTo(Integer.toString(sent));
    assertThat(DATABASE.query("SELECT status FROM events WHERE notification_id = 'n-retired'"))
        .isEqualTo("UNHANDLED");
  }

  private static Notification released(String id, String createdAt, boolean available) {
    return Notification.of("container.updated")
        .withId(id)
        .createdAt(createdAt)
        .about("container_updated_event", id)
        .including(
            "{'id':'c-1','type':'container','attributes':{'available_for_pickup':%s}}"
                .formatted(available));
  }

  private static boolean isStorable(Notification notification) {
    try {
      return !notification.rows().isEmpty();
    } catch (AssertionError refused) {
      return false;
    }
  }

  private void send(Notification notification) throws Exception {
    Event event = Notification.SOURCE.decode(notification.raw());
    Notification.SOURCE.validate(event);
    Optional<EventHandler> handler = Notification.SOURCE.handlerOf(event.eventType());
    TransformedEvent transformed = TransformedEvent.unhandled(event);
    if (handler.isPresent()) {
      HandlerOutput output = handler.get().handle(event);
      transformed = TransformedEvent.handled(event, output.upserts(), output.warnings());
    }
    writer.write(
        List.of(new EventWriter.Entry(transformed, Instant.now())),
        (refused, reason) -> {
          throw new AssertionError(reason);
        });
  }
}
