package dev.tidegate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelayIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  @TempDir private Path folder;
  private PublishedEvents published;
  private Relay relay;

  @BeforeEach
  void start() {
    published = PublishedEvents.in(folder);
  }

  @AfterEach
  void stop() {
    relay.close();
    published.close();
  }

  private void startRelay() {
    relay =
        Relay.start(
            new DatabaseConfiguration(
                DATABASE.jdbcUrl(), TestDatabase.USERNAME, Optional.empty(), 4),
            published.topic(),
            Optional.empty(),
            new SimpleMeterRegistry());
  }

  private static String insert(int from, int to, int aggregates) {
    return """
    INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)
    SELECT 'acme', gen_random_uuid(), 'shop', 'order.paid', 'order-' || (n %% %d), '{"n":' || n || '}'
    FROM generate_series(%d, %d) AS n
    """
        .formatted(aggregates, from, to);
  }

  @Test
  void rowsArePublishedAndDeleted() throws Exception {
    startRelay();
    DATABASE.execute(insert(1, 1_000, 10));
    await().until(() -> published.count() == 1_000);
    await().until(() -> DATABASE.query("SELECT count(*) FROM outbox").equals("0"));
    assertThat(published.count()).isEqualTo(1_000);
  }
}
