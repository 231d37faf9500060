import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Compares a declared source with the same source in Java: SourceRates FOLDER FILE COUNT PAIRS.
 * The rows of both must be equal.
 */
public final class SourceRates {
  /** The longest that a declared source may take, of what the one in Java takes. */
  private static final double WANTED = 1.2;

  private final EventSources declared;
  private final EventSources inJava;
  private final List<byte[]> bodies;

  private SourceRates(EventSources declared, EventSources inJava, List<byte[]> bodies) {
    this.declared = declared;
    this.inJava = inJava;
    this.bodies = bodies;
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
    rates.requireEqualRows();
    SourcePairs comparison =
        new SourcePairs("declared", declared, "in Java", inJava, rates.bodies, "a declared source");
    int pairs = Integer.parseInt(arguments[3]);
    comparison.transform(pairs, WANTED);
    try (SinkDatabase database = SinkDatabase.start(folder)) {
      comparison.write(database, pairs, WANTED);
    }
  }

  private void requireEqualRows() {
    if (!declared.tables().equals(inJava.tables())) {
      throw new IllegalStateException("the tables of both are not the same");
    }
    List<RawEvent> messages = BillingEvents.messages("equal", bodies);
    int rows = 0;
    for (RawEvent message : messages) {
      TransformedEvent one = SourcePairs.transform(message, declared);
      TransformedEvent other = SourcePairs.transform(message, inJava);
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
}
