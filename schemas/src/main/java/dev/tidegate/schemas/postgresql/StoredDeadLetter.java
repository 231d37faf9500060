package dev.tidegate.schemas.postgresql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReplayAttributes;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The event of a row of {@code event_dead_letters}. */
public final class StoredDeadLetter {
  /** What a query must select for {@link #eventOf}. */
  public static final String COLUMNS =
      "dead_letter_id, tenant_id, source, notification_id, event_type, error_class, attempts,"
          + " message_id, published_at, attributes, body, body_sha256";

  private StoredDeadLetter() {}

  /** Reads the event of the current row, ready to be {@link ReplayAttributes#stamp stamped}. */
  public static RawEvent eventOf(ResultSet row) throws SQLException {
    String identity = row.getString("notification_id");
    RawEvent event =
        RawEvent.builder()
            .tenantId(row.getString("tenant_id"))
            .source(row.getString("source"))
            .notificationId(
                Optional.of(identity).filter(id -> !id.startsWith(RawEvent.MESSAGE_IDENTITY)))
            .eventType(Optional.ofNullable(row.getString("event_type")))
            .messageId(row.getString("message_id"))
            .publishTime(row.getObject("published_at", OffsetDateTime.class).toInstant())
            .attributes(attributesOf(row.getString("attributes")))
            .body(row.getBytes("body"))
            .build(row.getString("body_sha256"));
    return ReplayAttributes.ofDeadLetter(
        event,
        row.getString("dead_letter_id"),
        row.getInt("attempts"),
        !row.getString("error_class").equals(ErrorClass.ARCHIVE_REJECTED.name()));
  }

  /** Reads the value of a column {@code attributes}. */
  public static Map<String, String> attributesOf(String json) throws SQLException {
    JsonNode object;
    try {
      object = Json.parse(json.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException notOurs) {
      throw new SQLException("the attributes of a row are not what Tidegate writes", notOurs);
    }
    Map<String, String> attributes = new TreeMap<>();
    object
        .fields()
        .forEachRemaining(field -> attributes.put(field.getKey(), field.getValue().asText()));
    return attributes;
  }
}
