package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Microseconds;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.Optional;

/**
 * Terminal49's three spellings of a time: {@code 2021-11-10T00:15:42Z}, {@code
 * 2021-11-09T17:15:42-07:00}, and in older notifications {@code 2021-11-10 00:15:42 UTC}.
 */
final class Timestamps {
  private static final DateTimeFormatter SPELLED_UTC =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private Timestamps() {}

  /** The time that {@code text} spells; empty where it is none, or lies beyond years 1 to 9999. */
  static Optional<Instant> read(String text) {
    try {
      Instant time =
          text.endsWith(" UTC")
              ? LocalDateTime.parse(text, SPELLED_UTC).toInstant(ZoneOffset.UTC)
              : OffsetDateTime.parse(text).toInstant();
      return Microseconds.isStorable(time) ? Optional.of(time) : Optional.empty();
    } catch (DateTimeException notATime) {
      return Optional.empty();
    }
  }

  /**
   * The time in {@code node}, or {@code node} as it is: null is a value, and anything else its
   * column refuses, naming itself and the rule.
   */
  static Object readOrKeep(JsonNode node) {
    Optional<Instant> time = node.isTextual() ? read(node.textValue()) : Optional.empty();
    return time.isPresent() ? time.get() : node;
  }
}
