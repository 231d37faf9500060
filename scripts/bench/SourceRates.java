import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.EventWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Compares a declared source with the same source in Java: SourceRates FOLDER FILE COUNT PAIRS.
 *
 * <p>One thread identifies, decodes, validates and transforms, and then does so and writes. The
 * runs of a pair follow one another, and change their order from pair to pair. The rows of both
 * must be equal.
 */
public final class SourceRates {
  private static final int WARM_UP = 5;

  /** The longest that a declared source may take, of what the one in Java takes. */
  private static final double WANTED = 1.2;

  private final EventSources declared;
  private final EventSources inJava;
  private final List<byte[]> bodies;
  private int tenants;

  private SourceRates(EventSources declared, EventSources inJava, List<byte[]> bodies) {
    this.declared = declared;
    this.inJava = inJava;
    this.bodies = bodies;
  }

  private interface Work {
    void take(List<RawEvent> messages, EventSources sources) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path file = Path.of(arguments[1]);
    String text = Files.readString(file);
    EventSources declared =
        EventSources.of(List.of(DeclaredSource.parse(file.getFileName().toString(), text)));
    EventSources inJava =
        EventSources.of(
            List.of(
                new BillingInJava(
                    YamlDocument.parse("billing", text.getBytes(StandardCharsets.UTF_8)))));
    SourceRates rates =
        new SourceRates(
            declared, inJava, BillingEvents.bodies(Integer.parseInt(arguments[2])));
    int pairs = Integer.parseInt(arguments[3]);
    rates.requireEqualRows();
    rates.compare("identify, decode, validate, transform", pairs, SourceRates::transform);
    try (SinkDatabase database = SinkDatabase.start(folder)) {
      addTables(database, declared.tables());
      try (ConnectionPool pool = SinkUnderTest.pool(database)) {
        EventWriter writer = SinkUnderTest.writer(pool, declared.tables());
        rates.compare(
            "... and write to PostgreSQL",
            pairs,
            (messages, sources) -> write(messages, sources, writer));
      }
    }
  }

  private static void addTables(SinkDatabase database, List<Table> tables) throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String addition : DatabaseSchema.additions(connection, tables)) {
        statement.execute(addition);
      }
    }
  }

  private void requireEqualRows() {
    if (!declared.tables().equals(inJava.tables())) {
      throw new IllegalStateException("the tables of both are not the same");
    }
    List<RawEvent> messages = BillingEvents.messages("equal", bodies);
    int rows = 0;
    for (RawEvent message : messages) {
      TransformedEvent one = transform(message, declared);
      TransformedEvent other = transform(message, inJava);
      if (!one.upserts().equals(other.upserts())
          || !one.warnings().isEmpty()
          || !other.warnings().isEmpty()) {
        throw new IllegalStateException("the rows of both are not the same: " + message);
      }
      rows += one.upserts().size();
    }
    System.out.printf(
        "%,d events of %,d bytes, %,d rows: of both the same%n%n",
        bodies.size(), bodies.stream().mapToInt(b -> b.length).sum() / bodies.size(), rows);
  }

  private static TransformedEvent transform(RawEvent message, EventSources sources) {
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

  private void compare(String title, int pairs, Work work) throws Exception {
    double[] ofDeclared = new double[pairs];
    double[] ofJava = new double[pairs];
    double[] ratios = new double[pairs];
    for (int pair = -WARM_UP; pair < pairs; pair++) {
      double first = rate(work, pair % 2 == 0 ? declared : inJava);
      double second = rate(work, pair % 2 == 0 ? inJava : declared);
      if (pair >= 0) {
        ofDeclared[pair] = pair % 2 == 0 ? first : second;
        ofJava[pair] = pair % 2 == 0 ? second : first;
        ratios[pair] = ofJava[pair] / ofDeclared[pair];
      }
    }
    double ratio = median(ratios);
    System.out.printf("%s; medians of %d pairs%n", title, pairs);
    System.out.printf("  declared  %,9.0f events/s%n", median(ofDeclared));
    System.out.printf("  in Java   %,9.0f events/s%n", median(ofJava));
    System.out.printf(
        "  a declared source takes %.2f times as long (%.2f to %.2f); wanted: at most %.1f%s%n%n",
        ratio,
        quantile(ratios, 0.25),
        quantile(ratios, 0.75),
        WANTED,
        ratio <= WANTED ? "" : ", MISSED");
  }

  private double rate(Work work, EventSources sources) throws Exception {
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
