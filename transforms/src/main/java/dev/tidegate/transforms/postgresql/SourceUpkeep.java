package dev.tidegate.transforms.postgresql;

import dev.tidegate.transforms.handlers.EventSource;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what sources want done beside the events ({@link EventSource#upkeep}). It works for a tenth
 * of the time at the most, so that a backlog of it takes little from the events. What is left waits
 * for the next run, and during an outage everything does.
 */
public final class SourceUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(SourceUpkeep.class);

  /** How often to run it. */
  public static final Duration PERIOD = Duration.ofSeconds(2);

  private static final Duration LONGEST = PERIOD.dividedBy(10);

  private final ConnectionPool pool;
  private final List<String> statements;

  /**
   * @param statements each does a bounded part of its work, and returns how much that was
   */
  public SourceUpkeep(ConnectionPool pool, List<String> statements) {
    this.pool = pool;
    this.statements = statements;
  }

  /** Does what is due. */
  public void run() {
    long start = System.nanoTime();
    for (String sql : statements) {
      try {
        while (runOnce(sql) > 0 && System.nanoTime() - start < LONGEST.toNanos()) {
          // There may be more.
        }
      } catch (SQLException failure) {
        LOG.warn("a source's upkeep is done later: {}", SqlFailure.describe(failure));
      }
    }
  }

  private long runOnce(String sql) throws SQLException {
    long[] done = new long[1];
    pool.use(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery(sql)) {
            row.next();
            done[0] = row.getLong(1);
          }
          connection.commit();
        });
    return done[0];
  }
}
