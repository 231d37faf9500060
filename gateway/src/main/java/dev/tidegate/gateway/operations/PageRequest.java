package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.util.List;

/**
 * Which page of a list is asked for. Pages are numbered, so lists that grow while they are read may
 * show a row twice; a page beyond {@value #MOST_ROWS} rows costs too much, and is refused.
 *
 * @param number the first is 1
 * @param limit rows of a page
 */
record PageRequest(int number, int limit) {
  static final int MOST_LIMIT = 100;
  static final int MOST_ROWS = 10_000;

  private static final int STANDARD_LIMIT = 20;

  static PageRequest of(Parameters parameters) {
    int limit = parameters.number("limit", STANDARD_LIMIT, 1, MOST_LIMIT);
    return new PageRequest(parameters.number("page", 1, 1, MOST_ROWS / limit), limit);
  }

  /** The end of a query: one row more than a page has, to know whether another page follows. */
  String sql() {
    return "LIMIT %d OFFSET %d".formatted(limit + 1, (number - 1) * limit);
  }

  /** The answer with the page's rows, of those that {@link #sql} let through. */
  ObjectNode toJson(String name, List<ObjectNode> rows) {
    ObjectNode json = Json.mapper().createObjectNode();
    ArrayNode list = json.putArray(name);
    rows.stream().limit(limit).forEach(list::add);
    json.put("page", number);
    json.put("limit", limit);
    json.put("more", rows.size() > limit);
    return json;
  }
}
