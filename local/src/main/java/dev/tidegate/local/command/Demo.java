package dev.tidegate.local.command;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Help;

/** {@code up --demo}: sends the bundled sample notifications and tells what became of them. */
final class Demo {
  private static final String FOLDER = "/dev/tidegate/local/demo/";
  private static final String SOURCE = Terminal49.NAME;
  private static final Set<String> NUMERIC = Set.of("events", "rows", "count");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(100);

  private final RunningSystem system;
  private final Path dataFolder;
  private final PrintWriter out;

  Demo(RunningSystem system, Path dataFolder, PrintWriter out) {
    this.system = system;
    this.dataFolder = dataFolder;
    this.out = out;
  }

  void run() throws IOException, InterruptedException {
    out.println();
    Expected expected = send();
    try (Connection database = SystemDatabase.connect(system)) {
      out.println(expected.sent().explanation(await(database, expected)));
      show(database);
    } catch (SQLException failure) {
      throw new CommandFailure("The demo's results cannot be read", failure);
    }
    suggest();
  }

  /**
   * What is to be found in the ledger.
   *
   * @param sent how many there were
   * @param ids the notification IDs that could be read
   * @param requests the request IDs of notifications without one
   */
  private record Expected(Sent sent, Set<String> ids, Set<String> requests) {}

  /** What was sent, by what the ledger makes of it: it has one entry for each notification ID. */
  static final class Sent {
    private final Map<String, Set<ByteString>> bodies = new HashMap<>();
    private int count;
    private int repeats;
    private int secondBodies;

    /** Counts one; {@code id} is empty where it has none that can be read. */
    void add(Optional<String> id, ByteString body) {
      count++;
      if (id.isEmpty()) {
        return;
      }
      Set<ByteString> known = bodies.computeIfAbsent(id.get(), first -> new HashSet<>());
      if (!known.add(body)) {
        repeats++;
      } else if (known.size() > 1) {
        secondBodies++;
      }
    }

    /** Why the ledger has {@code inLedger} entries and not as many as were sent. */
    String explanation(long inLedger) {
      StringBuilder text =
          new StringBuilder(
              "%d sent, %d in the ledger, which has one entry for each notification ID"
                  .formatted(count, inLedger));
      List<String> others = new ArrayList<>();
      if (repeats > 0) {
        others.add(
            repeats == 1
                ? "1 repeat (the same ID and body) was dropped"
                : repeats + " repeats (the same ID and body) were dropped");
      }
      if (secondBodies > 0) {
        others.add(
            secondBodies == 1
                ? "1 was a second body for an ID that was there already"
                : secondBodies + " were second bodies for IDs that were there already");
      }
      long unexplained = count - repeats - secondBodies - inLedger;
      if (unexplained != 0) {
        others.add("the other %d cannot be explained".formatted(unexplained));
      }
      return text + (others.isEmpty() ? "." : ": " + String.join(", ", others) + ".");
    }
  }

  private Expected send() throws IOException, InterruptedException {
    EventSource source = EventSources.installed().named(SOURCE);
    Expected expected = new Expected(new Sent(), new HashSet<>(), new HashSet<>());
    try (PubsubSink publisher =
        new PubsubSink(system, SOURCE, LocalGateway.TENANT, source::identify)) {
      for (String file : samples()) {
        byte[] body = sample(file);
        PubsubMessage message =
            PubsubSink.message(body, SOURCE, LocalGateway.TENANT, source.identify(body));
        publisher.publish(message);
        String id = message.getAttributesMap().get(EventAttributes.NOTIFICATION_ID.attribute());
        expected.sent().add(Optional.ofNullable(id), message.getData());
        if (id != null) {
          expected.ids().add(id);
        } else {
          expected
              .requests()
              .add(message.getAttributesOrThrow(EventAttributes.REQUEST_ID.attribute()));
        }
      }
      publisher.finish();
      if (publisher.refused() > 0) {
        throw new CommandFailure(
            "Pub/Sub refused samples: " + publisher.firstReason().orElse("no reason given"));
      }
      out.printf("Sent %d sample notifications: ", publisher.accepted());
      out.println("each kind of event, repeats, disorder, one malformed, one of an unknown type.");
    }
    return expected;
  }

  /** Waits until all have come, and answers how many entries these are. */
  private static long await(Connection database, Expected expected) throws SQLException {
    Instant deadline = Instant.now().plus(PATIENCE);
    int wanted = expected.ids().size() + expected.requests().size();
    try (PreparedStatement arrived =
        database.prepareStatement(
            "SELECT count(*) FROM events WHERE notification_id = ANY (?)"
                + " OR (notification_id LIKE 'pubsub-message:%' AND request_id = ANY (?))")) {
      arrived.setArray(1, database.createArrayOf("text", expected.ids().toArray()));
      arrived.setArray(2, database.createArrayOf("text", expected.requests().toArray()));
      long found = count(arrived);
      while (found < wanted) {
        if (Instant.now().isAfter(deadline)) {
          throw new CommandFailure(
              "The demo's events did not all arrive within %d s; ./tidegate status may say why"
                  .formatted(PATIENCE.toSeconds()));
        }
        LockSupport.parkNanos(POLL.toNanos());
        found = count(arrived);
      }
      return found;
    }
  }

  private static long count(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private void show(Connection database) throws SQLException {
    out.println();
    table(
        database,
        List.of("ledger", "events"),
        "SELECT status, count(*) FROM events GROUP BY 1 ORDER BY 1");
    StringBuilder counts = new StringBuilder();
    for (Table table : EventSources.installed().tables()) {
      counts
          .append(counts.isEmpty() ? "" : " UNION ALL ")
          .append("SELECT '%1$s', count(*) FROM %1$s".formatted(table.name()));
    }
    table(database, List.of("table", "rows"), counts.toString());
    table(
        database,
        List.of("dead letters", "stage", "count", "reason"),
        "SELECT error_class, stage, count(*), error_message FROM event_dead_letters"
            + " GROUP BY 1, 2, 4 ORDER BY 1, 2, 4");
  }

  /** Prints a query's rows; what is numeric stands right. */
  private void table(Connection database, List<String> headings, String sql) throws SQLException {
    TextTable table =
        new TextTable(
            out,
            Terminal.current().columns(),
            Help.defaultColorScheme(Help.Ansi.AUTO),
            headings.stream()
                .map(name -> new TextTable.Column(name, NUMERIC.contains(name)))
                .toList(),
            true);
    try (Statement statement = database.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= headings.size(); i++) {
          cells.add(rows.getString(i));
        }
        table.add(cells);
      }
    }
    table.finish();
    out.println();
  }

  private void suggest() {
    String data = UpCommand.dataOption(dataFolder.toAbsolutePath().normalize());
    out.println("Try, in another terminal:");
    for (String command :
        List.of(
            "status%s",
            "sql%s \"select number, pod_arrived_at, pickup_lfd from containers\"",
            "query%s \"select event_type, count(*) from raw_events group by all order by all\"",
            "query%s \"select stage, error_class, error_message from dead_letters\"",
            "send%s FILE|DIR|-")) {
      out.println("  ./tidegate " + command.formatted(data));
    }
    out.flush();
  }

  /** The names of the bundled sample notifications, in the order in which they happened. */
  static List<String> samples() throws IOException {
    return new String(sample("index"), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  static byte[] sample(String name) throws IOException {
    try (InputStream in = Demo.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IOException("the sample " + name + " is missing from the build");
      }
      return in.readAllBytes();
    }
  }
}
