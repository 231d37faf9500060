package dev.tidegate.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Map;

/** Values for the tests of this room. */
final class Samples {
  static final Instant PUBLISHED = Instant.parse("2026-03-01T10:15:30.123456Z");
  static final Instant AS_OF = Instant.parse("2026-03-01T10:15:00Z");

  private Samples() {}

  /** A builder with everything that has no default. */
  static RawEvent.Builder raw(String body) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("terminal49")
        .messageId("42")
        .publishTime(PUBLISHED)
        .attributes(Map.of())
        .body(body.getBytes(UTF_8));
  }

  static RawEvent rawWith(Map<String, String> attributes) {
    return raw("{}").attributes(attributes).build();
  }

  static Event event(String body) {
    try {
      RawEvent raw = raw(body).notificationId("n-1").eventType("container.updated").build();
      return Event.of(raw, "n-1", "container.updated", AS_OF, Json.parse(raw.body()));
    } catch (com.fasterxml.jackson.core.JsonProcessingException notJson) {
      throw new IllegalArgumentException(notJson);
    }
  }

  static DeadLetter letter(String message) {
    return DeadLetter.builder()
        .event(raw("{}").build())
        .stage("Validate")
        .errorClass(DeadLetter.ErrorClass.INVALID)
        .errorMessage(message)
        .failedAt(PUBLISHED)
        .build();
  }
}
