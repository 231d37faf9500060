package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** The queries of docs/changes.md, as an application runs them. */
class ChangeFeedIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  private static final List<String> PAGE = queriesOfThePage();

  private static List<String> queriesOfThePage() {
    try {
      return Pattern.compile("```sql\\R(.+?)```", Pattern.DOTALL)
          .matcher(Files.readString(Path.of("../docs/changes.md")))
          .results()
          .map(query -> query.group(1).strip())
          .toList();
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  private static String query(String beginning) {
    return PAGE.stream()
        .filter(query -> query.replaceAll("\\s+", " ").startsWith(beginning))
        .findFirst()
        .orElseThrow();
  }

  /** A program that polls as the page says. */
  private static final class Poller {
    private final String query;
    private String position = "0";

    Poller(String query) {
      this.query = query;
    }

    /** The first column of what has changed. */
    List<String> poll() throws SQLException {
      String next = DATABASE.query(query("SELECT pg_snapshot_xmin"));
      List<String> rows =
          DATABASE.column(query.replace("'0'", "'" + position + "'").replace("900000", next));
      position = next;
      return rows;
    }
  }

  @BeforeEach
  void empty() throws SQLException {
    DATABASE.execute(
        "DELETE FROM containers",
        "DELETE FROM container_events",
        "DELETE FROM container_statuses_stale",
        "TRUNCATE shipments, locations");
  }

  @Test
  void allQueriesOfThePageRun() throws SQLException {
    assertThat(PAGE).hasSizeGreaterThan(5);
    DATABASE.execute(PAGE.toArray(String[]::new));
    DATABASE.execute("SELECT notify_changes('shipments', false)");
  }

  /** What began first and commits last: a poller by time passes it over. */
  @Test
  void aLateCommitIsNotPassedOver() throws SQLException {
    Poller poller = new Poller(query("SELECT t49_shipment_id, bill_of_lading_number"));
    try (Connection late = DATABASE.connect();
        Connection early = DATABASE.connect()) {
      late.setAutoCommit(false);
      insertShipment(late, "late");
      insertShipment(early, "early");
      assertThat(poller.poll()).as("held back").isEmpty();
      String byTime = DATABASE.query("SELECT max(updated_at) FROM shipments");
      late.commit();
      assertThat(
              DATABASE.column(
                  "SELECT t49_shipment_id FROM shipments WHERE updated_at > '" + byTime + "'"))
          .as("by time it is lost")
          .isEmpty();
    }
    assertThat(poller.poll()).containsExactly("late", "early");
    assertThat(poller.poll()).isEmpty();
  }

  private static void insertShipment(Connection connection, String id) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO shipments (tenant_id, t49_shipment_id) VALUES ('default', '%s')"
              .formatted(id));
    }
  }

  @Test
  void whatManyWritersCommitInAnyOrderIsSeen() throws Exception {
    Poller poller = new Poller(query("SELECT t49_shipment_id, bill_of_lading_number"));
    Set<String> written = new TreeSet<>();
    ExecutorService writers = Executors.newFixedThreadPool(4);
    List<Future<Set<String>>> ends = new ArrayList<>();
    try {
      for (int writer = 0; writer < 4; writer++) {
        ends.add(writers.submit(writer(writer)));
      }
      Set<String> seen = new TreeSet<>();
      while (ends.stream().anyMatch(end -> !end.isDone())) {
        seen.addAll(poller.poll());
      }
      for (Future<Set<String>> end : ends) {
        written.addAll(end.get());
      }
      seen.addAll(poller.poll());
      assertThat(seen).isEqualTo(written);
    } finally {
      writers.shutdownNow();
    }
  }

  /** Commits 50 transactions of some rows, the rows of some of them long after others began. */
  private static Callable<Set<String>> writer(int writer) {
    return () -> {
      Random random = new Random(writer);
      Set<String> written = new TreeSet<>();
      try (Connection connection = DATABASE.connect();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        for (int transaction = 0; transaction < 50; transaction++) {
          for (int row = 0; row < 3; row++) {
            String id = "w%d-%d-%d".formatted(writer, transaction, row);
            insertShipment(connection, id);
            written.add(id);
            statement.execute("SELECT pg_sleep(%s)".formatted(random.nextInt(10) / 1000.0));
          }
          connection.commit();
        }
      }
      return written;
    };
  }

  /** Whatever a row of containers_current shows moves it. */
  @Test
  void containersAreSeenWhateverOfThemChanges() throws SQLException {
    DATABASE.execute(
        "INSERT INTO containers (tenant_id, t49_container_id, t49_shipment_id, t49_pod_terminal_id)"
            + " VALUES ('default', 'c', 's', 't'), ('default', 'other', NULL, NULL)",
        "SELECT refresh_container_statuses(10)");
    Poller poller =
        new Poller(query("SELECT * FROM containers_current").replace("*", "t49_container_id"));
    assertThat(poller.poll()).containsExactlyInAnyOrder("c", "other");
    for (String change :
        List.of(
            "UPDATE containers SET seal_number = '1', updated_at = now(),"
                + " updated_xid = pg_current_xact_id() WHERE t49_container_id = 'c'",
            "INSERT INTO shipments (tenant_id, t49_shipment_id, bill_of_lading_number)"
                + " VALUES ('default', 's', 'BL')",
            "INSERT INTO locations (tenant_id, t49_location_id, location_type, name)"
                + " VALUES ('default', 't', 'terminal', 'Pier 400')",
            "INSERT INTO container_events (tenant_id, t49_event_id, resource_type, event_type,"
                + " event_timestamp, t49_container_id) VALUES ('default', 'e', 'transport_event',"
                + " 'container.transport.full_out', now(), 'c')",
            "SELECT refresh_container_statuses(10)")) {
      String before = shown();
      DATABASE.execute(change);
      assertThat(poller.poll()).as(change).containsExactly("c");
      assertThat(shown()).as("updated_at after %s", change).isGreaterThan(before);
      assertThat(poller.poll()).isEmpty();
    }
    DATABASE.execute(
        "INSERT INTO vessels (tenant_id, t49_vessel_id) VALUES ('default', 'v')",
        "SELECT refresh_container_statuses(10)");
    assertThat(poller.poll()).as("no container shows that").isEmpty();
  }

  private static String shown() throws SQLException {
    return DATABASE.query(
        "SELECT updated_at::text FROM containers_current WHERE t49_container_id = 'c'");
  }

  @Test
  void changesOfAStatusAreSeen() throws SQLException {
    Poller poller = new Poller(query("SELECT t49_container_id, previous_status"));
    DATABASE.execute(
        "INSERT INTO containers (tenant_id, t49_container_id) VALUES ('default', 'c')",
        "SELECT refresh_container_statuses(10)");
    assertThat(poller.poll()).containsExactly("c");
    DATABASE.execute(
        "UPDATE containers SET pod_discharged_at = '2026-03-02T08:00:00Z'",
        "SELECT refresh_container_statuses(10)");
    assertThat(poller.poll()).containsExactly("c");
    assertThat(
            DATABASE.query(
                "SELECT previous_status || ' ' || current_status FROM container_statuses"))
        .isEqualTo("new grounded");
    // The same status for another reason is no change of it.
    DATABASE.execute(
        "UPDATE containers SET pod_discharged_at = '2026-03-03T08:00:00Z'",
        "SELECT refresh_container_statuses(10)");
    assertThat(poller.poll()).isEmpty();
  }

  @Test
  void whoAsksForItIsTold() throws SQLException {
    try (Connection listener = DATABASE.connect();
        Statement statement = listener.createStatement()) {
      statement.execute(query("LISTEN"));
      insertShipment(listener, "before");
      assertThat(notifications(listener)).isEmpty();

      statement.execute(query("SELECT notify_changes"));
      statement.execute(
          "INSERT INTO shipments (tenant_id, t49_shipment_id)"
              + " SELECT tenant, 's' || i FROM generate_series(1, 9) i, unnest('{default,acme}'::text[]) tenant");
      assertThat(notifications(listener))
          .containsExactlyInAnyOrder(
              "{\"table\" : \"shipments\", \"tenant_id\" : \"default\"}",
              "{\"table\" : \"shipments\", \"tenant_id\" : \"acme\"}");
      statement.execute("SELECT notify_changes('shipments', false)");
      insertShipment(listener, "after");
      assertThat(notifications(listener)).isEmpty();
    }
  }

  /** A connection gets its own notifications with the answer to its next statement. */
  private static List<String> notifications(Connection listener) throws SQLException {
    try (Statement statement = listener.createStatement();
        ResultSet answer = statement.executeQuery("SELECT 1")) {
      answer.next();
    }
    List<String> told = new ArrayList<>();
    PGNotification[] notifications = listener.unwrap(PGConnection.class).getNotifications();
    for (PGNotification notification :
        notifications == null ? new PGNotification[0] : notifications) {
      told.add(notification.getParameter());
    }
    return told;
  }
}
