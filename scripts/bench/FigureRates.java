import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.WriterVariant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Tells what it costs the writer of events to keep figures and what events are about: FigureRates
 * FOLDER FILE KNOWN ROUNDS. One thread writes the same notifications, transformed beforehand, with
 * and without. The runs of a round follow one another, each in another place than in the round
 * before, and each on the KNOWN rows that the ledger has beforehand.
 */
public final class FigureRates {
  /** How many hashes a row of the ledger has that was there before. */
  private static final int HASHES = 10;

  private static final int WARM_UP = 3;

  /** The longest that a writer with figures may take, of what one without takes. */
  private static final double WANTED = 1.05;

  private final SinkDatabase database;
  private final List<String> lines;
  private int tenants;

  private FigureRates(SinkDatabase database, List<String> lines) {
    this.database = database;
    this.lines = lines;
  }

  public static void main(String[] arguments) throws Exception {
    int known = Integer.parseInt(arguments[2]);
    int rounds = Integer.parseInt(arguments[3]);
    try (SinkDatabase database = SinkDatabase.start(Path.of(arguments[0]))) {
      FigureRates rates = new FigureRates(database, Files.readAllLines(Path.of(arguments[1])));
      rates.compare("an empty ledger", WriterVariant.values(), true, rounds);
      database.clear();
      rates.fill(known);
      rates.compare(
          "a ledger of %,d rows, and %,d hashes".formatted(known, (long) known * HASHES),
          new WriterVariant[] {WriterVariant.ROWS, WriterVariant.FIGURES, WriterVariant.ALL},
          false,
          rounds);
    }
  }

  /** Gives the ledger rows as it would have after some time. */
  private void fill(int rows) throws Exception {
    execute("DROP INDEX IF EXISTS events_about");
    execute(
        """
        INSERT INTO events (tenant_id, source, notification_id, event_id, event_type, status,
          version, received_at, published_at, processed_at, attributes, about_index)
        SELECT 'known', 'bench', 'n-' || i, gen_random_uuid(), 'bench.known', 'PROCESSED', '\\x00',
          now(), now(), now() - i * interval '1 second', '{}',
          ARRAY(SELECT hashtextextended(i || '/' || h, 0) FROM generate_series(1, %d) h)
        FROM generate_series(1, %d) i
        """
            .formatted(HASHES, rows));
    execute("CREATE INDEX events_about ON events USING gin (about_index)");
    execute("VACUUM ANALYZE events");
    execute("CHECKPOINT");
  }

  private void compare(String title, WriterVariant[] variants, boolean isEmptied, int rounds)
      throws Exception {
    Map<WriterVariant, double[]> rates = new EnumMap<>(WriterVariant.class);
    for (WriterVariant variant : variants) {
      rates.put(variant, new double[rounds]);
    }
    for (int round = -WARM_UP; round < rounds; round++) {
      for (int place = 0; place < variants.length; place++) {
        WriterVariant variant =
            variants[Math.floorMod(round + (round % 2 == 0 ? place : -place), variants.length)];
        if (isEmptied) {
          empty(variant.isIndexed);
        }
        double rate = rate(variant);
        if (round >= 0) {
          rates.get(variant)[round] = rate;
        }
      }
    }
    System.out.printf("%s; medians of %d rounds%n", title, rounds);
    for (WriterVariant variant : variants) {
      double[] ratios = new double[rounds];
      for (int round = 0; round < rounds; round++) {
        ratios[round] = rates.get(variants[0])[round] / rates.get(variant)[round];
      }
      System.out.printf(
          "  %-34s %,8.0f events/s, takes %.3f times as long (%.2f to %.2f)%s%n",
          variant.label,
          quantile(rates.get(variant), 0.5),
          quantile(ratios, 0.5),
          quantile(ratios, 0.25),
          quantile(ratios, 0.75),
          variant == WriterVariant.FIGURES && quantile(ratios, 0.5) > WANTED
              ? "; wanted: at most %s, MISSED".formatted(WANTED)
              : "");
    }
    System.out.println();
  }

  private void empty(boolean isIndexed) throws Exception {
    execute("DROP INDEX IF EXISTS events_about");
    database.clear();
    if (isIndexed) {
      execute("CREATE INDEX events_about ON events USING gin (about_index)");
    }
  }

  private double rate(WriterVariant variant) throws Exception {
    SinkEvents events = SinkEvents.notifications("bench-" + tenants++, lines, false);
    execute("CHECKPOINT");
    System.gc();
    try (ConnectionPool pool = SinkUnderTest.pool(database)) {
      EventWriter writer = variant.writer(pool);
      List<EventWriter.Entry> batch = new ArrayList<>();
      int rows = 0;
      long started = System.nanoTime();
      for (int i = 0; i < events.count(); i++) {
        TransformedEvent event = events.byIndex().apply(i);
        batch.add(new EventWriter.Entry(event, Instant.now()));
        rows += EventWriter.rowsOf(event);
        if (rows >= SinkUnderTest.BATCH_ROWS || i == events.count() - 1) {
          writer.write(
              batch,
              (entry, reason) -> {
                throw new IllegalStateException("refused: " + reason);
              });
          batch.clear();
          rows = 0;
        }
      }
      return events.count() * 1e9 / (System.nanoTime() - started);
    }
  }

  private void execute(String sql) throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.round((sorted.length - 1) * share)];
  }
}
