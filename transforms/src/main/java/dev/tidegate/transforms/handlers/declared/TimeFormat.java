package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.Rfc3339;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/** How a source writes the times of its events. */
public enum TimeFormat {
  /** {@code 2026-11-29T12:00:00Z}, with any offset. */
  @JsonProperty("rfc3339")
  RFC3339(0, "a time with an offset, as in RFC 3339"),
  @JsonProperty("unix-seconds")
  UNIX_SECONDS(6, "seconds since 1970"),
  @JsonProperty("unix-milliseconds")
  UNIX_MILLISECONDS(3, "milliseconds since 1970"),
  @JsonProperty("unix-microseconds")
  UNIX_MICROSECONDS(0, "microseconds since 1970"),
  /** A number that grows with each change, and is no time. */
  @JsonProperty("sequence")
  SEQUENCE(0, "a whole number that is not negative");

  /** A number with more digits is no time. */
  private static final int LONGEST = 40;

  private final int shift;
  private final String rule;

  TimeFormat(int shift, String rule) {
    this.shift = shift;
    this.rule = rule;
  }

  /** As a source's file writes it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The rule for a time, for messages. */
  String rule() {
    return rule;
  }

  /** The time of {@code value}; empty if it is not a time, or lies outside of years 1 to 9999. */
  public Optional<Instant> read(JsonNode value) {
    if (!value.isValueNode()) {
      return Optional.empty();
    }
    String text = value.asText();
    if (this == RFC3339) {
      return value.isTextual() ? Rfc3339.parse(text) : Optional.empty();
    }
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    try {
      BigDecimal number = new BigDecimal(text);
      if (Math.abs((long) number.scale()) > LONGEST || (this == SEQUENCE && number.signum() < 0)) {
        return Optional.empty();
      }
      // Even the first of a sequence is known, and newer than what has none.
      Instant origin =
          this == SEQUENCE ? Microseconds.EARLIEST.plus(1, ChronoUnit.MICROS) : Instant.EPOCH;
      long microseconds =
          number.movePointRight(shift).setScale(0, RoundingMode.FLOOR).longValueExact();
      return Optional.of(origin.plus(microseconds, ChronoUnit.MICROS))
          .filter(Microseconds::isStorable);
    } catch (ArithmeticException | NumberFormatException | DateTimeException notATime) {
      return Optional.empty();
    }
  }
}
