import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Compares outboxes with their relays: RelayRates FOLDER PUBSUB ROWS SECONDS ROUNDS
 * NAME=CLASSPATH....
 *
 * <p>Contestants run one at a time, each in a process of its own that is new in every round, on one
 * PostgreSQL and one Pub/Sub. A subscriber in this process tells what was published.
 */
public final class RelayRates {
  private static final int BACKLOG_AGGREGATES = 500;
  private static final int STEADY_RATE = 1_000;
  private static final int STEADY_AGGREGATES = 1_000;
  private static final int WARM_UP_SECONDS = 5;
  private static final int WARM_UP_PART = 5;

  /** What has not come by then is not waited for. */
  private static final long BACKLOG_SECONDS = 180;

  private static final long QUIET_MILLIS = 20_000;

  /** Repeats come soon, if any. */
  private static final long REPEATS_MILLIS = 1_000;

  private static final double WANTED_RATE = 10_000;
  private static final double WANTED_P99 = 150;

  private enum Contestant {
    PLAIN("polling loop, SKIP LOCKED", "RelayPlain", 1),
    PLAIN_2("... two of them", "RelayPlain", 2),
    RELAY("Tidegate's relay", "RelayTidegate", 1),
    RELAY_2("... two of them", "RelayTidegate", 2),
    GRUELBOX("gruelbox transaction-outbox 4.2.268", "RelayGruelbox", 1),
    NAMASTACK("namastack-outbox 1.6.0", "RelayNamastack", 1);

    final String label;
    final String type;
    final int relays;

    Contestant(String label, String type, int relays) {
      this.label = label;
      this.type = type;
      this.relays = relays;
    }

    static Contestant named(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }

  /** What was lost, came more than once, and came behind a later row of its aggregate. */
  private record Faults(int lost, int repeated, int outOfOrder) {
    Faults plus(Faults other) {
      return new Faults(
          lost + other.lost, repeated + other.repeated, outOfOrder + other.outOfOrder);
    }

    @Override
    public String toString() {
      return "%,d lost, %,d repeated, %,d out of order".formatted(lost, repeated, outOfOrder);
    }
  }

  private record Run(
      double rate,
      double cpuMicros,
      boolean finished,
      double steadyRate,
      double p50,
      double p99,
      Faults faults) {}

  /** A contestant's process. */
  private static final class Running implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;
    private final Path errors;

    private Running(Process process, Path errors) {
      this.process = process;
      this.errors = errors;
      output = process.inputReader(StandardCharsets.UTF_8);
      input = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Has it do what {@code line} says, and returns once it is done. */
    void tell(String line) throws IOException {
      input.write(line + "\n");
      input.flush();
      await(line.split(" ")[0]);
    }

    void await(String answer) throws IOException {
      String line = output.readLine();
      while (line != null && !line.startsWith("answer=")) {
        line = output.readLine();
      }
      if (!("answer=" + answer).equals(line)) {
        throw new IOException(
            "the contestant failed: " + Files.readString(errors).lines().limit(40).toList());
      }
    }

    double cpuMicros() {
      return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e3;
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  private final SinkDatabase database;
  private final Path folder;
  private final String pubsub;
  private final int rows;
  private final int seconds;
  private long next;

  private RelayRates(SinkDatabase database, Path folder, String pubsub, int rows, int seconds) {
    this.database = database;
    this.folder = folder;
    this.pubsub = pubsub;
    this.rows = rows;
    this.seconds = seconds;
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int rows = Integer.parseInt(arguments[2]);
    int seconds = Integer.parseInt(arguments[3]);
    int rounds = Integer.parseInt(arguments[4]);
    Map<Contestant, String> contestants = new EnumMap<>(Contestant.class);
    for (String contestant : List.of(arguments).subList(5, arguments.length)) {
      String[] parts = contestant.split("=", 2);
      contestants.put(Contestant.named(parts[0]), parts[1]);
    }
    Map<Contestant, List<Run>> runs = new EnumMap<>(Contestant.class);
    try (SinkDatabase database = SinkDatabase.start(folder)) {
      RelayRates rates = new RelayRates(database, folder, arguments[1], rows, seconds);
      for (int round = 1; round <= rounds; round++) {
        for (Map.Entry<Contestant, String> contestant : contestants.entrySet()) {
          Run run = rates.run(contestant.getKey(), contestant.getValue());
          runs.computeIfAbsent(contestant.getKey(), any -> new ArrayList<>()).add(run);
          System.out.printf(
              "round %d, %s: backlog %,.0f rows/s%s, %.0f us of processor time a row; steady"
                  + " %,.0f rows/s: p50 %.1f ms, p99 %.1f ms; %s%n",
              round,
              contestant.getKey().name().toLowerCase(Locale.ROOT).replace('_', '-'),
              run.rate(),
              run.finished() ? "" : " (stopped before its end)",
              run.cpuMicros(),
              run.steadyRate(),
              run.p50(),
              run.p99(),
              run.faults());
        }
      }
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.out.println(failure.getMessage());
      System.exit(1);
    }
    print(rows, seconds, rounds, runs);
    System.exit(0);
  }

  private Run run(Contestant contestant, String classpath) throws Exception {
    clear();
    Path errors = folder.resolve("contestant.err");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseParallelGC",
                // Debugging logs of every frame would be most of what is measured.
                "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider",
                "-Dorg.springframework.boot.logging.LoggingSystem=none",
                "-cp",
                classpath,
                "RelayContestant",
                contestant.type,
                database.jdbcUrl() + "?user=" + SinkDatabase.USERNAME,
                pubsub,
                Integer.toString(contestant.relays))
            .redirectError(errors.toFile())
            .start();
    try (Running running = new Running(process, errors);
        RelaySubscriber subscriber = new RelaySubscriber(pubsub)) {
      running.await("ready");
      backlog(running, subscriber, Math.max(1, rows / WARM_UP_PART));
      steady(running, subscriber, WARM_UP_SECONDS);
      running.tell("stop");
      Run backlog = backlog(running, subscriber, rows);
      if (!backlog.finished()) {
        return backlog;
      }
      Run steady = steady(running, subscriber, seconds);
      return new Run(
          backlog.rate(),
          backlog.cpuMicros(),
          true,
          steady.steadyRate(),
          steady.p50(),
          steady.p99(),
          backlog.faults().plus(steady.faults()));
    }
  }

  /** Rows wait when the relay starts. It goes on. */
  private Run backlog(Running running, RelaySubscriber subscriber, int count) throws Exception {
    long first = take(count);
    subscriber.expect(first, count);
    running.tell("backlog %d %d %d".formatted(first, count, BACKLOG_AGGREGATES));
    execute("CHECKPOINT");
    double cpu = running.cpuMicros();
    long started = System.nanoTime();
    running.tell("start");
    boolean finished =
        subscriber.await(QUIET_MILLIS, started + BACKLOG_SECONDS * 1_000_000_000);
    double elapsed = (subscriber.lastNanos() - started) / 1e9;
    cpu = running.cpuMicros() - cpu;
    boolean late = System.nanoTime() - started > BACKLOG_SECONDS * 1_000_000_000;
    Thread.sleep(REPEATS_MILLIS);
    return new Run(
        subscriber.seen() / elapsed,
        cpu / Math.max(1, subscriber.seen()),
        finished || !late,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        new Faults(
            late ? 0 : count - subscriber.seen(),
            subscriber.repeated(),
            subscriber.outOfOrder(BACKLOG_AGGREGATES)));
  }

  /** Rows are written at a steady rate, while the relay runs. */
  private Run steady(Running running, RelaySubscriber subscriber, int seconds) throws Exception {
    int count = seconds * STEADY_RATE;
    long first = take(count);
    subscriber.expect(first, count);
    Path file = folder.resolve("committed");
    running.tell(
        "steady %d %d %d %d %s".formatted(first, count, STEADY_AGGREGATES, STEADY_RATE, file));
    subscriber.await(QUIET_MILLIS, Long.MAX_VALUE);
    Thread.sleep(REPEATS_MILLIS);
    long[] committed = Files.readAllLines(file).stream().mapToLong(Long::parseLong).toArray();
    double[] millis = subscriber.millisSince(committed);
    long[] sorted = committed.clone();
    Arrays.sort(sorted);
    return new Run(
        Double.NaN,
        Double.NaN,
        true,
        (count - 1) * 1e6 / (sorted[count - 1] - sorted[0]),
        quantile(millis, 0.50),
        quantile(millis, 0.99),
        new Faults(
            count - subscriber.seen(),
            subscriber.repeated(),
            subscriber.outOfOrder(STEADY_AGGREGATES)));
  }

  private long take(int count) {
    long first = next;
    next += count;
    return first;
  }

  /** Removes what a contestant may have left, so that every run starts alike. */
  private void clear() throws Exception {
    for (String table : List.of("outbox", "plain_outbox", "txno_outbox", "outbox_record")) {
      if (exists(table)) {
        execute("TRUNCATE " + table);
      }
    }
    execute("CHECKPOINT");
  }

  private boolean exists(String table) throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery("SELECT to_regclass('%s') IS NOT NULL".formatted(table))) {
      found.next();
      return found.getBoolean(1);
    }
  }

  private void execute(String sql) throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void print(
      int rows, int seconds, int rounds, Map<Contestant, List<Run>> runs) {
    System.out.printf(
        """

        %,d rows of 1 KB over %d aggregates wait; then %,d rows/s over %,d aggregates for %d s.
        Medians of %d rounds; faults of all of them. Milliseconds are from the writer's commit to the
        subscriber.

        """,
        rows, BACKLOG_AGGREGATES, STEADY_RATE, STEADY_AGGREGATES, seconds, rounds);
    System.out.printf(
        "%-38s %8s %8s %6s %8s %8s %6s %9s %13s%n",
        "", "rows/s", "of loop", "us/row", "p50 ms", "p99 ms", "lost", "repeated", "out of order");
    double loop =
        runs.containsKey(Contestant.PLAIN)
            ? median(runs.get(Contestant.PLAIN), Run::rate)
            : Double.NaN;
    for (Map.Entry<Contestant, List<Run>> entry : runs.entrySet()) {
      List<Run> of = entry.getValue();
      Faults faults = of.stream().map(Run::faults).reduce(new Faults(0, 0, 0), Faults::plus);
      System.out.printf(
          "%-38s %,8.0f %8.2f %6.0f %8.1f %8.1f %,6d %,9d %,13d%s%n",
          entry.getKey().label,
          median(of, Run::rate),
          median(of, Run::rate) / loop,
          median(of, Run::cpuMicros),
          median(of, Run::p50),
          median(of, Run::p99),
          faults.lost(),
          faults.repeated(),
          faults.outOfOrder(),
          of.stream().allMatch(Run::finished)
              ? ""
              : "  backlog not done within %d s".formatted(BACKLOG_SECONDS));
    }
    List<Run> own = runs.get(Contestant.RELAY);
    if (own != null) {
      double rate = median(own, Run::rate);
      double p99 = median(own, Run::p99);
      System.out.printf(
          """

          Tidegate's relay: %,.0f rows/s; wanted: at least %,.0f%s
          Tidegate's relay: p99 %.1f ms; wanted: less than %.0f%s
          """,
          rate,
          WANTED_RATE,
          rate >= WANTED_RATE ? "" : ", MISSED",
          p99,
          WANTED_P99,
          p99 < WANTED_P99 ? "" : ", MISSED");
    }
  }

  private static double median(List<Run> runs, ToDoubleFunction<Run> value) {
    return quantile(runs.stream().mapToDouble(value).sorted().toArray(), 0.5);
  }

  private static double quantile(double[] sorted, double share) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.round((sorted.length - 1) * share)];
  }
}
