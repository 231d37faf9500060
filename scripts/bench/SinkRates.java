import dev.tidegate.schemas.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Compares ways to write the same events into the same tables: SinkRates FOLDER FILE SMALL PASSES.
 *
 * <p>Events are decoded and transformed beforehand, and lie in memory. A rate counts from when the
 * first is read to the last commit, as PostgreSQL tells it: no start of a runner is in it. Each run
 * begins with empty tables, and the runs of a pass follow one another, so that a machine that
 * changes its speed changes it for all. A shorter pass before is dropped.
 */
public final class SinkRates {
  /** One event a transaction is slow: it writes so much fewer. */
  private static final int SLOWER = 5;

  private static final int WARM_UP = 4;

  private enum Variant {
    ONE_BY_ONE("(a)  plain JDBC, one event a transaction", false),
    JDBC_IO("(b)  JdbcIO.write on Flink, a write a table", false),
    FLINK("(c1) this sink on Flink", false),
    FLINK_POISON("(c1) ... 1 event in 1,000 refused", true),
    DIRECT("(c2) this sink on the DirectRunner", false),
    LOOP("(d)  the same statements, no Beam", false),
    LOOP_POISON("(d)  ... 1 event in 1,000 refused", true),
    SOURCE("     Flink reading alone, no sink", false);

    final String label;
    final boolean poisoned;

    Variant(String label, boolean poisoned) {
      this.label = label;
      this.poisoned = poisoned;
    }
  }

  /** What a run showed. */
  private record Run(double rate, double eventsPerTransaction, long deadlocks) {}

  private interface Profile {
    SinkEvents events(String tenant, int count, boolean poisoned);
  }

  private final SinkDatabase database;
  private final Path folder;

  private SinkRates(SinkDatabase database, Path folder) {
    this.database = database;
    this.folder = folder;
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    List<String> lines = Files.readAllLines(Path.of(arguments[1]));
    int small = Integer.parseInt(arguments[2]);
    int passes = Integer.parseInt(arguments[3]);
    try (SinkDatabase database = SinkDatabase.start(folder)) {
      SinkRates rates = new SinkRates(database, folder.resolve("flink"));
      rates.compare(
          "notifications of 5 KB, 5 rows and a ledger row with payload",
          lines.size(),
          passes,
          (tenant, count, poisoned) ->
              SinkEvents.notifications(tenant, lines.subList(0, count), poisoned));
      rates.compare(
          "small events, a row and a ledger row without payload", small, passes, SinkEvents::small);
      System.out.println(
          """

          (b) is no transaction across tables, isolates no refused row (the pipeline stops) and does
          not coalesce: only tables in which no row comes twice are written by joined statements.\
          """);
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }

  private void compare(String title, int count, int passes, Profile profile) throws Exception {
    Map<Variant, List<Run>> runs = new EnumMap<>(Variant.class);
    for (int pass = 0; pass <= passes; pass++) {
      for (Variant variant : Variant.values()) {
        int part = variant == Variant.ONE_BY_ONE ? count / SLOWER : count;
        Run run =
            run(
                variant,
                profile.events(
                    "bench-%s-%d".formatted(variant.name().toLowerCase(Locale.ROOT), pass),
                    Math.max(1, pass == 0 ? part / WARM_UP : part),
                    variant.poisoned));
        if (pass > 0) {
          runs.computeIfAbsent(variant, absent -> new ArrayList<>()).add(run);
        }
      }
    }
    print(title, count, passes, runs);
  }

  private Run run(Variant variant, SinkEvents events) throws Exception {
    database.clear();
    System.gc();
    long deadlocks = database.deadlocks();
    SinkEvents.startRun();
    long refused =
        switch (variant) {
          case ONE_BY_ONE -> SinkLoops.oneByOne(database, events);
          case JDBC_IO -> SinkPipelines.jdbcIo(database, folder, events);
          case FLINK, FLINK_POISON -> SinkPipelines.flink(database, folder, events);
          case DIRECT -> SinkPipelines.direct(database, events);
          case LOOP, LOOP_POISON -> SinkLoops.batches(database, events);
          case SOURCE -> SinkPipelines.source(folder, events);
        };
    Instant started = SinkEvents.firstRead();
    if (variant == Variant.SOURCE) {
      Instant ended = Instant.ofEpochMilli(SinkPipelines.LAST_DROPPED.get());
      return new Run(rate(events.count(), started, ended), Double.NaN, 0);
    }
    int poison = variant.poisoned ? SinkEvents.poisonIn(events.count()) : 0;
    long written = database.events(events.tenant());
    if (refused != poison || written != events.count() - poison) {
      throw new IllegalStateException(
          "%s: %d events refused, %d written, of %d of which %d are poison"
              .formatted(variant, refused, written, events.count(), poison));
    }
    List<String> tables =
        Stream.concat(Stream.of("events"), events.tables().stream().map(Table::name)).toList();
    return new Run(
        rate(events.count(), started, database.lastCommit(events.tenant(), tables)),
        (double) written / database.transactions(events.tenant()),
        database.deadlocks() - deadlocks);
  }

  private static double rate(int count, Instant started, Instant ended) {
    return count * 1e6 / Math.max(1, Duration.between(started, ended).toNanos() / 1_000);
  }

  private static void print(String title, int count, int passes, Map<Variant, List<Run>> runs) {
    System.out.printf("%n%,d %s; median of %d (lowest to highest)%n%n", count, title, passes);
    System.out.printf(
        "%-44s %10s %19s %7s %7s %13s %9s%n",
        "", "events/s", "", "of (d)", "x (a)", "events/commit", "deadlocks");
    double limit = median(runs.get(Variant.LOOP));
    double naive = median(runs.get(Variant.ONE_BY_ONE));
    for (Variant variant : Variant.values()) {
      List<Run> of = runs.get(variant);
      double rate = median(of);
      System.out.printf(
          "%-44s %,10.0f %19s %6.0f%% %7.1f %13s %9s%n",
          variant.label,
          rate,
          "(%,.0f to %,.0f)"
              .formatted(
                  of.stream().mapToDouble(Run::rate).min().orElseThrow(),
                  of.stream().mapToDouble(Run::rate).max().orElseThrow()),
          rate / limit * 100,
          rate / naive,
          variant == Variant.SOURCE
              ? ""
              : "%.1f"
                  .formatted(
                      of.stream().mapToDouble(Run::eventsPerTransaction).average().orElse(0)),
          variant == Variant.SOURCE ? "" : of.stream().mapToLong(Run::deadlocks).sum());
    }
    System.out.println();
    double flink = median(runs.get(Variant.FLINK));
    verdict("(c1) is %.0f %% of (d)", flink / limit * 100, 70);
    verdict("(c1) is %.1f times (a)", flink / naive, 10);
    verdict(
        "(c1) with 1 event in 1,000 refused is %.0f %% of (c1)",
        median(runs.get(Variant.FLINK_POISON)) / flink * 100, 50);
    long deadlocks =
        runs.entrySet().stream()
            .filter(entry -> entry.getKey() != Variant.JDBC_IO)
            .flatMap(entry -> entry.getValue().stream())
            .mapToLong(Run::deadlocks)
            .sum();
    System.out.printf("%-60s wanted: 0%n", "deadlocks but for (b): " + deadlocks);
  }

  private static void verdict(String text, double value, int wanted) {
    System.out.printf(
        "%-60s wanted: at least %d%s%n",
        text.formatted(value), wanted, value >= wanted ? "" : ", MISSED");
  }

  private static double median(List<Run> runs) {
    double[] sorted = runs.stream().mapToDouble(Run::rate).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
