package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** JSON out of a column that only Tidegate writes: it is passed on as it stands. */
public record RawJson(@JsonRawValue @JsonValue String text) {
  /** Its tree. */
  JsonNode tree() {
    try {
      return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("PostgreSQL writes JSON", impossible);
    }
  }

  /** Of an object, its members as texts. */
  Map<String, String> texts() {
    Map<String, String> texts = new TreeMap<>();
    tree().properties().forEach(member -> texts.put(member.getKey(), member.getValue().asText()));
    return texts;
  }
}
