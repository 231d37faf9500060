package dev.tidegate.transforms.handlers.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.postgresql.BatchEntry;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example's table takes what the example's handler says. */
class ParcelsIT {
  static final TestDatabase DATABASE = TestDatabase.create(script("parcels.sql"));

  @Test
  void aScannedParcelIsARow() throws Exception {
    Event event =
        Warehouse.SOURCE.decode(
            ParcelScannedHandlerTest.scan("{\"parcel\":\"P-1\",\"shelf\":\"A4\",\"weight\":2.50}"));
    TransformedEvent transformed =
        TransformedEvent.handled(
            event, new ParcelScannedHandler().handle(event).upserts(), List.of());

    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE))) {
      new EventWriter(pool, new TransientRetry(() -> {}), Warehouse.SOURCE.tables(), true)
          .write(
              List.of(new BatchEntry(transformed, Instant.now())),
              (refused, reason) -> {
                throw new AssertionError(reason);
              });
    }

    assertThat(
            DATABASE.query(
                "SELECT tenant_id || ' ' || parcel_id || ' ' || shelf || ' ' || weight_in_kg"
                    + " FROM parcels"))
        .isEqualTo("acme P-1 A4 2.50");
  }

  private static String script(String name) {
    try (InputStream in = ParcelsIT.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException unreadable) {
      throw new IllegalStateException(name, unreadable);
    }
  }
}
