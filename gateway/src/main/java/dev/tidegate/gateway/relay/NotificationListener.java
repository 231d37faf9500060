package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Consumer;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears notifications on one channel of PostgreSQL's, and connects again where that breaks. */
final class NotificationListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NotificationListener.class);

  /** Stands for all that may have been told while nobody listened. */
  static final String ANYTHING = "";

  private static final int MILLIS_OF_SILENCE = 500;

  /** Then the server is asked whether it is still there. */
  private static final int MOST_SILENCES = 20;

  private static final int SECONDS_TO_ANSWER = 5;

  private final LedgerDatabase database;
  private final String channel;
  private final Consumer<String> heard;
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean listening;
  private int failures;

  /**
   * Starts to listen.
   *
   * @param heard gets what each notification says, on the listener's thread
   */
  NotificationListener(LedgerDatabase database, String channel, Consumer<String> heard) {
    this.database = database;
    this.channel = channel;
    this.heard = heard;
    thread = new Thread(this::run, "relay-listener");
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether it would hear a notification. */
  boolean isListening() {
    return listening;
  }

  private void run() {
    while (!stopping) {
      try (Connection connection = database.connect()) {
        listen(connection);
      } catch (SQLException | ProblemException away) {
        LOG.debug("the relay cannot listen to notifications on {}; it tries again", channel, away);
      } finally {
        listening = false;
      }
      pause();
    }
  }

  private void pause() {
    try {
      if (!stopping) {
        Thread.sleep(RelaySchedule.waitAfter(failures++).toMillis());
      }
    } catch (InterruptedException stop) {
      stopping = true;
    }
  }

  private void listen(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("LISTEN \"%s\"".formatted(channel.replace("\"", "\"\"")));
    }
    failures = 0;
    listening = true;
    heard.accept(ANYTHING);
    PGConnection notifications = connection.unwrap(PGConnection.class);
    int silences = 0;
    while (!stopping) {
      PGNotification[] told = notifications.getNotifications(MILLIS_OF_SILENCE);
      if (told != null && told.length > 0) {
        for (PGNotification each : told) {
          heard.accept(each.getParameter());
        }
        silences = 0;
      } else if (++silences == MOST_SILENCES) {
        if (!connection.isValid(SECONDS_TO_ANSWER)) {
          throw new SQLException("the server does not answer");
        }
        silences = 0;
      }
    }
  }

  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
  }
}
