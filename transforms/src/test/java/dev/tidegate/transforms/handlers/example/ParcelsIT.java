package dev.tidegate.transforms.handlers.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The example's table takes what the example's handler says. */
class ParcelsIT {
  private static final EventSource SOURCE = new Warehouse();

  static final TestDatabase DATABASE = TestDatabase.create(script("parcels.sql"));

  @Test
  void aScannedParcelIsARow() throws Exception {
    write(
        List.of(
            ParcelScannedHandlerTest.scan(
                "{\"parcel\":\"P-1\",\"shelf\":\"A4\",\"weight\":2.50}")));

    assertThat(
            DATABASE.query(
                "SELECT tenant_id || ' ' || parcel_id || ' ' || shelf || ' ' || weight_in_kg"
                    + " FROM parcels"))
        .isEqualTo("acme P-1 A4 2.50");
  }

  /** The same ID with another body, and with another type: whatever the order of arrival. */
  @Test
  void ofTwoBodiesUnderOneIdTheFirstAcceptedStands() throws Exception {
    Set<String> found = new HashSet<>();
    for (boolean together : new boolean[] {true, false}) {
      for (int first = 0; first < 6; first++) {
        RawEvent paid = accepted(1, "parcel.scanned", "{\"parcel\":\"P-1\",\"shelf\":\"A1\"}");
        RawEvent shipped = accepted(2, "parcel.scanned", "{\"parcel\":\"P-1\",\"shelf\":\"B2\"}");
        RawEvent retyped = accepted(3, "parcel.lost", "{\"parcel\":\"P-1\",\"shelf\":\"A1\"}");
        List<RawEvent> order = new ArrayList<>(List.of(paid, shipped, retyped));
        Collections.rotate(order, first);
        if (first >= 3) {
          Collections.swap(order, 0, 2);
        }
        DATABASE.execute("TRUNCATE parcels, events, event_payloads");
        if (together) {
          write(order);
        } else {
          for (RawEvent event : order) {
            write(List.of(event));
          }
        }
        // A repeat of the first is no conflict, and one of another is.
        write(List.of(accepted(9, "parcel.scanned", "{\"parcel\":\"P-1\",\"shelf\":\"A1\"}")));
        found.add(
            DATABASE.query(
                "SELECT concat_ws(' ', shelf, event_type, status, payload_json(p.payload) ->> 'shelf', attempts,"
                    + " conflicts, place_version = version)"
                    + " FROM parcels, events JOIN event_payloads p USING (notification_id)"));
      }
    }
    assertThat(found).containsExactly("A1 parcel.scanned PROCESSED A1 4 2 t");
  }

  private static RawEvent accepted(int second, String type, String body) {
    return ParcelScannedHandlerTest.scan(body).toBuilder()
        .eventType(type)
        .attributes(Map.of("received_at", "2026-03-02T08:00:0%dZ".formatted(second)))
        .build();
  }

  private static void write(List<RawEvent> events) throws Exception {
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (RawEvent raw : events) {
      Event event = SOURCE.decode(raw);
      Optional<EventHandler> handler = SOURCE.handlerOf(event.eventType());
      batch.add(
          new EventWriter.Entry(
              handler.isPresent()
                  ? TransformedEvent.handled(
                      event, handler.get().handle(event.withoutEnvelope()).upserts(), List.of())
                  : TransformedEvent.unhandled(event),
              Instant.now()));
    }
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE))) {
      new EventWriter(pool, new TransientRetry(() -> {}), SOURCE.tables(), true)
          .write(
              batch,
              (refused, reason) -> {
                throw new AssertionError(reason);
              });
    }
  }

  private static String script(String name) {
    try (InputStream in = ParcelsIT.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException unreadable) {
      throw new IllegalStateException(name, unreadable);
    }
  }
}
