import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.EventWriter;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the same events through two sources, by turns.
 *
 * <p>One thread identifies, decodes, validates and transforms, or does so and writes. The runs of a
 * pair follow one another, and change their order from pair to pair.
 */
final class SourcePairs {
  private static final int WARM_UP = 5;

  private final String name;
  private final EventSources measured;
  private final String otherName;
  private final EventSources other;
  private final List<byte[]> bodies;
  private final String subject;
  private int tenants;

  private interface Work {
    void take(List<RawEvent> messages, EventSources sources) throws Exception;
  }

  private interface Preparation {
    void prepare() throws Exception;
  }

  /**
   * @param other what {@code measured} is compared with
   * @param subject what is told to take so many times as long
   */
  SourcePairs(
      String name,
      EventSources measured,
      String otherName,
      EventSources other,
      List<byte[]> bodies,
      String subject) {
    this.name = name;
    this.measured = measured;
    this.otherName = otherName;
    this.other = other;
    this.bodies = bodies;
    this.subject = subject;
  }

  /** Compares everything up to the rows. */
  void transform(int pairs, double wanted) throws Exception {
    compare(
        "identify, decode, validate, transform", pairs, wanted, SourcePairs::transform, () -> {});
  }

  /** Compares everything up to the commit. */
  void write(SinkDatabase database, int pairs, double wanted) throws Exception {
    List<Table> tables = measured.tables();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String addition : DatabaseSchema.additions(connection, tables)) {
        statement.execute(addition);
      }
    }
    try (ConnectionPool pool = SinkUnderTest.pool(database)) {
      EventWriter writer = SinkUnderTest.writer(pool, tables);
      compare(
          "... and write to PostgreSQL",
          pairs,
          wanted,
          (messages, sources) -> write(messages, sources, writer),
          database::emptyOutbox);
    }
  }

  static TransformedEvent transform(RawEvent message, EventSources sources) {
    RawEvent identified = sources.identify(message);
    sources.validate(identified);
    return sources.transform(identified);
  }

  private static void transform(List<RawEvent> messages, EventSources sources) {
    long rows = 0;
    for (RawEvent message : messages) {
      rows += transform(message, sources).upserts().size();
    }
    if (rows < messages.size()) {
      throw new IllegalStateException("too few rows");
    }
  }

  private static void write(List<RawEvent> messages, EventSources sources, EventWriter writer)
      throws Exception {
    List<EventWriter.Entry> batch = new ArrayList<>();
    int rows = 0;
    for (RawEvent message : messages) {
      TransformedEvent transformed = transform(message, sources);
      batch.add(new EventWriter.Entry(transformed, Instant.now()));
      rows += 1 + transformed.upserts().size();
      if (rows >= SinkUnderTest.BATCH_ROWS || batch.size() == messages.size()) {
        writeBatch(writer, batch);
        batch.clear();
        rows = 0;
      }
    }
    if (!batch.isEmpty()) {
      writeBatch(writer, batch);
    }
  }

  private static void writeBatch(EventWriter writer, List<EventWriter.Entry> batch)
      throws Exception {
    writer.write(
        batch,
        (entry, reason) -> {
          throw new IllegalStateException("refused: " + reason);
        });
  }

  private void compare(
      String title, int pairs, double wanted, Work work, Preparation preparation)
      throws Exception {
    double[] ofMeasured = new double[pairs];
    double[] ofOther = new double[pairs];
    double[] ratios = new double[pairs];
    for (int pair = -WARM_UP; pair < pairs; pair++) {
      double first = rate(work, pair % 2 == 0 ? measured : other, preparation);
      double second = rate(work, pair % 2 == 0 ? other : measured, preparation);
      if (pair >= 0) {
        ofMeasured[pair] = pair % 2 == 0 ? first : second;
        ofOther[pair] = pair % 2 == 0 ? second : first;
        ratios[pair] = ofOther[pair] / ofMeasured[pair];
      }
    }
    double ratio = median(ratios);
    System.out.printf("%s; medians of %d pairs%n", title, pairs);
    System.out.printf("  %-14s %,9.0f events/s%n", name, median(ofMeasured));
    System.out.printf("  %-14s %,9.0f events/s%n", otherName, median(ofOther));
    System.out.printf(
        "  %s takes %.2f times as long (%.2f to %.2f); wanted: at most %s%s%n%n",
        subject,
        ratio,
        quantile(ratios, 0.25),
        quantile(ratios, 0.75),
        wanted,
        ratio <= wanted ? "" : ", MISSED");
  }

  private double rate(Work work, EventSources sources, Preparation preparation)
      throws Exception {
    preparation.prepare();
    List<RawEvent> messages = BillingEvents.messages("bench-" + tenants++, bodies);
    System.gc();
    long started = System.nanoTime();
    work.take(messages, sources);
    return messages.size() * 1e9 / (System.nanoTime() - started);
  }

  private static double median(double[] values) {
    return quantile(values, 0.5);
  }

  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.round((sorted.length - 1) * share)];
  }
}
