package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;

/** JSON out of columns that only Tidegate writes. */
public final class StoredJson {
  private StoredJson() {}

  /**
   * The JSON in {@code text}.
   *
   * @throws SQLException where it is none
   */
  public static JsonNode read(String text) throws SQLException {
    try {
      return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException notOurs) {
      throw new SQLException("a column of JSON is not what Tidegate writes", notOurs);
    }
  }
}
