import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The polling loop that is usually written: lock a batch with SKIP LOCKED, publish it, delete it,
 * commit; wait where there was none. RELAYS of them at once.
 */
final class RelayPlain implements RelayOutbox {
  private static final int BATCH = 1_000;
  private static final int PAUSE_MILLIS = 100;

  private final String url;
  private final RelayTopic topic;
  private final int relays;
  private final ThreadLocal<Connection> writers;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running;

  RelayPlain(String url, String pubsub, int relays) throws SQLException {
    this.url = url;
    this.relays = relays;
    topic = new RelayTopic(pubsub);
    writers = ThreadLocal.withInitial(this::connect);
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE IF NOT EXISTS plain_outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, aggregate text NOT NULL,
            payload text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())
          """);
      connection.commit();
    }
  }

  @Override
  public void write(List<Row> rows) throws SQLException {
    Connection connection = writers.get();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO plain_outbox (aggregate, payload) VALUES (?, ?)")) {
      for (Row row : rows) {
        statement.setString(1, row.key());
        statement.setString(2, row.body());
        statement.addBatch();
      }
      statement.executeBatch();
    }
    connection.commit();
  }

  @Override
  public void start() {
    running = true;
    for (int i = 0; i < relays; i++) {
      Thread thread = new Thread(this::relay, "relay-" + i);
      thread.start();
      threads.add(thread);
    }
  }

  private void relay() {
    try (Connection connection = connect()) {
      while (running) {
        if (!relayBatch(connection)) {
          Thread.sleep(PAUSE_MILLIS);
        }
      }
    } catch (Exception failure) {
      failure.printStackTrace();
      System.exit(1);
    }
  }

  private boolean relayBatch(Connection connection) throws Exception {
    List<Long> ids = new ArrayList<>();
    Map<String, List<String>> bodies = new LinkedHashMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT id, aggregate, payload FROM plain_outbox ORDER BY id LIMIT %d
            FOR UPDATE SKIP LOCKED
            """
                .formatted(BATCH));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        ids.add(rows.getLong(1));
        bodies.computeIfAbsent(rows.getString(2), any -> new ArrayList<>()).add(rows.getString(3));
      }
    }
    if (!ids.isEmpty()) {
      topic.publish(bodies);
      try (PreparedStatement statement =
          connection.prepareStatement("DELETE FROM plain_outbox WHERE id = ANY (?)")) {
        Array all = connection.createArrayOf("bigint", ids.toArray());
        statement.setArray(1, all);
        statement.executeUpdate();
      }
    }
    connection.commit();
    return !ids.isEmpty();
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
  public void stop() throws InterruptedException {
    running = false;
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
  }

  @Override
  public void close() throws Exception {
    stop();
    topic.close();
  }
}
