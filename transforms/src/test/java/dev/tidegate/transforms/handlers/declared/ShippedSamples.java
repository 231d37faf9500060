package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The declared sources that Tidegate ships, and events of each. A source is found by its file; its
 * events are in {@code samples/NAME.yaml} of the test's resources.
 */
public final class ShippedSamples {
  private static final Path SOURCES =
      Path.of("../schemas/src/main/resources/dev/tidegate/schemas/sources");
  private static final Path SAMPLES = Path.of("src/test/resources/dev/tidegate/transforms/samples");

  private ShippedSamples() {}

  /**
   * An event of a sender.
   *
   * @param type its type
   * @param id its ID, where a header has it; null where the body says ID and type
   * @param body its body
   */
  public record Sample(String type, @Nullable String id, JsonNode body) {
    /** What the gateway reads from the headers. */
    public Map<String, String> attributes() {
      return id == null
          ? Map.of()
          : Map.of(
              EventAttributes.NOTIFICATION_ID.attribute(), id,
              EventAttributes.EVENT_TYPE.attribute(), type);
    }

    RawEvent message(String source) {
      return RawEvent.builder()
          .tenantId("acme")
          .source(source)
          .messageId("m-1")
          .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
          .notificationId(Optional.ofNullable(id))
          .eventType(id == null ? Optional.empty() : Optional.of(type))
          .attributes(attributes())
          .body(body.toString().getBytes(UTF_8))
          .build();
    }
  }

  /** All of them. */
  public static List<DeclaredSource> sources() {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .sorted()
          .map(file -> DeclaredSource.parse(file.getFileName().toString(), read(file)))
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The samples of a source: a source that is shipped has some. */
  public static List<Sample> of(DeclaredSource source) {
    try {
      return new YAMLMapper()
          .readValue(
              read(SAMPLES.resolve(source.name() + ".yaml")), new TypeReference<List<Sample>>() {});
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The rows and effects that the samples of a source must make, a line each. */
  static String rowsOf(DeclaredSource source) {
    return read(SAMPLES.resolve(source.name() + ".rows"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
