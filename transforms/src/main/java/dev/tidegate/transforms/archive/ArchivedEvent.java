package dev.tidegate.transforms.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads events back from the rows of {@code raw_events} and {@code dead_letters}.
 *
 * <p>A body that JSON carries exactly comes back without its white space, and so with other bytes:
 * its hash, which is part of the event's version, is the original's.
 */
public final class ArchivedEvent {
  private ArchivedEvent() {}

  /**
   * The event that {@code row} holds.
   *
   * @param row the columns by their names, as on a line of a file archive; {@code payload} and
   *     {@code attributes} may also be texts of JSON
   * @throws IOException where it is no such row
   */
  public static RawEvent of(JsonNode row) throws IOException {
    try {
      String identity = row.required("notification_id").asText();
      RawEvent.Builder event =
          RawEvent.builder()
              .tenantId(row.required("tenant_id").asText())
              .source(row.required("source").asText())
              .eventType(Optional.ofNullable(row.path("event_type").textValue()))
              .messageId(row.required("message_id").asText())
              .publishTime(Instant.parse(row.required("publish_time").asText()))
              .attributes(attributesOf(json(row.required("attributes"))))
              .body(bodyOf(row));
      if (!identity.startsWith(RawEvent.MESSAGE_IDENTITY)) {
        event.notificationId(identity);
      }
      return event.build(row.required("payload_sha256").asText());
    } catch (IllegalArgumentException | DateTimeException notARow) {
      throw new IOException("not a row of the archive: " + notARow.getMessage(), notARow);
    }
  }

  private static byte[] bodyOf(JsonNode row) throws IOException {
    JsonNode body = row.path("body");
    if (body.isTextual()) {
      return Base64.getDecoder().decode(body.textValue());
    }
    return Json.write(json(row.required("payload"))).getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode json(JsonNode value) throws IOException {
    return value.isTextual()
        ? Json.parse(value.textValue().getBytes(StandardCharsets.UTF_8))
        : value;
  }

  private static Map<String, String> attributesOf(JsonNode object) {
    Map<String, String> attributes = new TreeMap<>();
    object
        .fields()
        .forEachRemaining(field -> attributes.put(field.getKey(), field.getValue().asText()));
    return attributes;
  }
}
