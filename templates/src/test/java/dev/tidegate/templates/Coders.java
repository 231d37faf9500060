package dev.tidegate.templates;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.coders.StructuredCoder;

/** Coders as short as a person needs them: their class's name, and what they are made of. */
final class Coders {
  /** Dataflow's own names for some of Beam's. */
  private static final Map<String, String> KINDS =
      Map.of(
          "kind:pair", "KvCoder", "kind:stream", "IterableCoder", "kind:bytes", "ByteArrayCoder");

  private Coders() {}

  static String compact(List<Coder<?>> coders) {
    return "<" + String.join(", ", coders.stream().map(Coders::compact).toList()) + ">";
  }

  /** The coder that a job's JSON tells of. */
  static String compact(JsonNode encoding) {
    String type = encoding.path("@type").asText();
    JsonNode components = encoding.path("component_encodings");
    if (type.equals("kind:windowed_value")) {
      return compact(components.path(0));
    }
    String value = encoding.path("type").path("value").asText();
    // Of our classes that Java serializes, it is the coder that matters. Beam has some of its own.
    boolean serialized =
        type.equals(SerializableCoder.class.getName()) && value.startsWith("dev.tidegate.");
    if (encoding.has("type") && !serialized) {
      type = value;
    }
    String name = KINDS.getOrDefault(type, simpleName(type));
    List<String> parts = new ArrayList<>();
    components.forEach(component -> parts.add(compact(component)));
    return parts.isEmpty() ? name : name + "<" + String.join(", ", parts) + ">";
  }

  private static String compact(Coder<?> coder) {
    List<String> parts = components(coder).stream().map(Coders::compact).toList();
    String name = simpleName(coder.getClass().getName());
    return parts.isEmpty() ? name : name + "<" + String.join(", ", parts) + ">";
  }

  /** A coder and all that it is made of. */
  static Stream<Coder<?>> flat(Coder<?> coder) {
    return Stream.concat(Stream.of(coder), components(coder).stream().flatMap(Coders::flat));
  }

  private static List<? extends Coder<?>> components(Coder<?> coder) {
    return coder instanceof StructuredCoder<?> structured ? structured.getComponents() : List.of();
  }

  private static String simpleName(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }
}
