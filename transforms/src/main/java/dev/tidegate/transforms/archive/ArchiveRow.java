package dev.tidegate.transforms.archive;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.StorableText;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Takes one row's columns, in any form of the archive. What is absent is null. */
public interface ArchiveRow {
  ArchiveRow text(String column, String value) throws IOException;

  /** A point in time, to the microsecond: BigQuery refuses finer parts. */
  ArchiveRow time(String column, Instant value) throws IOException;

  ArchiveRow number(String column, long value) throws IOException;

  ArchiveRow decimal(String column, double value) throws IOException;

  ArchiveRow bool(String column, Optional<Boolean> value) throws IOException;

  /** A JSON value, given as JSON on one line. */
  ArchiveRow json(String column, byte[] value) throws IOException;

  ArchiveRow bytes(String column, byte[] value) throws IOException;

  /** A JSON object of texts. */
  default ArchiveRow map(String column, Map<String, String> value) throws IOException {
    ObjectNode object = Json.mapper().createObjectNode();
    value.forEach(
        (name, text) ->
            object.put(StorableText.withoutHalves(name), StorableText.withoutHalves(text)));
    return json(column, Json.mapper().writeValueAsBytes(object));
  }

  /**
   * {@code payload} where JSON carries the event's body exactly, else {@code body}; {@code
   * payload_bytes} and {@code payload_sha256}.
   */
  default ArchiveRow body(RawEvent event) throws IOException {
    return body(event, ExactJson.lineOf(event));
  }

  /** As {@link #body(RawEvent)}, where it is known what JSON carries exactly. */
  default ArchiveRow body(RawEvent event, Optional<byte[]> payload) throws IOException {
    ArchiveRow row =
        payload.isPresent() ? json("payload", payload.get()) : bytes("body", event.body());
    return row.number("payload_bytes", event.body().length)
        .text("payload_sha256", event.bodySha256());
  }

  default ArchiveRow json(String column, Optional<byte[]> value) throws IOException {
    return value.isPresent() ? json(column, value.get()) : this;
  }

  default ArchiveRow text(String column, Optional<String> value) throws IOException {
    return value.isPresent() ? text(column, value.get()) : this;
  }

  default ArchiveRow time(String column, Optional<Instant> value) throws IOException {
    return value.isPresent() ? time(column, value.get()) : this;
  }

  default ArchiveRow decimal(String column, Optional<Double> value) throws IOException {
    return value.isPresent() ? decimal(column, value.get()) : this;
  }

  /** The attribute's value, in a column of its name. */
  default ArchiveRow attribute(RawEvent event, EventAttributes attribute) throws IOException {
    return text(attribute.attribute(), event.attribute(attribute));
  }
}
