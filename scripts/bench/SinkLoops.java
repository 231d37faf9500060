import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Plain Java on two threads, each with its half of the events. */
final class SinkLoops {
  /** Those of {@code UpsertRows}. */
  private static final long BATCH_BYTES = 16L << 20;

  private SinkLoops() {}

  /** Every event in a transaction of its own, each of its rows a statement. */
  static long oneByOne(SinkDatabase database, SinkEvents events) throws Exception {
    return onThreads(events.count(), (from, to) -> oneByOne(database, events, from, to));
  }

  /** The sink's own statements and batches. */
  static long batches(SinkDatabase database, SinkEvents events) throws Exception {
    try (ConnectionPool pool = SinkUnderTest.pool(database)) {
      // Connected before the first event is read, as the pipelines' steps are.
      try (Connection first = pool.connection();
          Connection second = pool.connection()) {
        first.rollback();
        second.rollback();
      }
      return onThreads(
          events.count(),
          (from, to) ->
              batches(SinkUnderTest.writer(pool, events.ledgerPayload()), events, from, to));
    }
  }

  private static long oneByOne(SinkDatabase database, SinkEvents events, int from, int to)
      throws SQLException {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      PreparedStatement ledger = connection.prepareStatement(SinkStatements.LEDGER);
      PreparedStatement payload = connection.prepareStatement(SinkStatements.PAYLOAD);
      Map<String, PreparedStatement> statements = new HashMap<>();
      Map<String, Table> tables = new HashMap<>();
      for (Table table : events.tables()) {
        tables.put(table.name(), table);
        statements.put(table.name(), connection.prepareStatement(SinkStatements.upsert(table)));
      }
      for (int i = from; i < to; i++) {
        TransformedEvent event = events.read(i);
        SinkStatements.setLedger(ledger, event.event());
        ledger.executeUpdate();
        if (events.ledgerPayload()) {
          SinkStatements.setPayload(payload, event.event());
          payload.executeUpdate();
        }
        for (Upsert upsert : event.upserts()) {
          PreparedStatement statement = statements.get(upsert.table());
          SinkStatements.setUpsert(statement, tables.get(upsert.table()), upsert);
          statement.executeUpdate();
        }
        connection.commit();
      }
    }
    return 0;
  }

  private static long batches(EventWriter writer, SinkEvents events, int from, int to)
      throws SQLException {
    List<EventWriter.Entry> batch = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    int rows = 0;
    long bytes = 0;
    for (int i = from; i < to; i++) {
      TransformedEvent event = events.read(i);
      batch.add(new EventWriter.Entry(event, Instant.now()));
      rows += 1 + event.upserts().size();
      bytes += event.event().raw().body().length;
      if (rows >= SinkUnderTest.BATCH_ROWS || bytes >= BATCH_BYTES || i == to - 1) {
        writer.write(batch, (entry, reason) -> refused.add(reason));
        batch = new ArrayList<>();
        rows = 0;
        bytes = 0;
      }
    }
    return refused.size();
  }

  private interface Part {
    long write(int from, int to) throws Exception;
  }

  private static long onThreads(int count, Part part) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(SinkUnderTest.THREADS);
    try {
      List<Future<Long>> parts = new ArrayList<>();
      for (int i = 0; i < SinkUnderTest.THREADS; i++) {
        int from = (int) ((long) count * i / SinkUnderTest.THREADS);
        int to = (int) ((long) count * (i + 1) / SinkUnderTest.THREADS);
        parts.add(threads.submit(() -> part.write(from, to)));
      }
      long refused = 0;
      for (Future<Long> each : parts) {
        refused += each.get();
      }
      return refused;
    } finally {
      threads.shutdownNow();
    }
  }
}
