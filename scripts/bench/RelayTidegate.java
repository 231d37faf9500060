import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.relay.Relay;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Tidegate's own relay. */
final class RelayTidegate implements RelayOutbox {
  private static final int CONNECTIONS = 5;

  private final String url;
  private final String pubsub;
  private final int relays;
  private final ThreadLocal<Connection> writers;
  private final List<Relay> running = new ArrayList<>();

  RelayTidegate(String url, String pubsub, int relays) {
    this.url = url;
    this.pubsub = pubsub;
    this.relays = relays;
    writers = ThreadLocal.withInitial(this::connect);
  }

  @Override
  public void write(List<Row> rows) throws SQLException {
    Connection connection = writers.get();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)
            VALUES ('acme', ?, 'shop', 'order.paid', ?, ?)
            """)) {
      for (Row row : rows) {
        statement.setObject(1, new UUID(row.number(), row.aggregate()));
        statement.setString(2, row.key());
        statement.setString(3, row.body());
        statement.addBatch();
      }
      statement.executeBatch();
    }
    connection.commit();
  }

  @Override
  public void start() {
    for (int i = 0; i < relays; i++) {
      running.add(
          Relay.start(
              new DatabaseConfiguration(url, "postgres", Optional.empty(), CONNECTIONS),
              new PubsubConfiguration("local-dev", "events", Optional.of(pubsub)),
              Optional.empty(),
              new SimpleMeterRegistry()));
    }
  }

  @Override
  public void stop() {
    running.forEach(Relay::close);
    running.clear();
  }

  private Connection connect() {
    try {
      Connection connection = DriverManager.getConnection(url, "postgres", null);
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    stop();
  }
}
