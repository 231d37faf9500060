package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What an event is about, as the ledger has it.
 *
 * @param json its keys, and the rows that it says something of; null where there are none
 * @param index the hashes by which it is found, as an array of PostgreSQL; null where there are
 *     none
 */
record About(@Nullable String json, @Nullable String index) {
  /** An event that says something of more rows is found by these. */
  static final int MOST_ROWS = 100;

  /** Of an event that is about nothing. */
  static final About NOTHING = new About(null, null);

  static About of(TransformedEvent transformed) {
    return of(transformed.event().tenantId(), transformed.keys(), transformed.upserts());
  }

  static About of(String tenant, Map<String, String> keys, List<Upsert> upserts) {
    if (keys.isEmpty() && upserts.isEmpty()) {
      return NOTHING;
    }
    Set<Long> hashes = new LinkedHashSet<>();
    ObjectNode about = Json.mapper().createObjectNode();
    if (!keys.isEmpty()) {
      ObjectNode values = about.putObject("keys");
      keys.forEach(
          (name, value) -> {
            values.put(name, value);
            hashes.add(EventKeys.ofValue(tenant, value));
          });
    }
    if (!upserts.isEmpty()) {
      ObjectNode rows = about.putObject("rows");
      Map<String, ArrayNode> byTable = new HashMap<>();
      for (Upsert upsert : upserts.subList(0, Math.min(MOST_ROWS, upserts.size()))) {
        List<String> key = upsert.key().subList(1, upsert.key().size());
        if (hashes.add(EventKeys.ofRow(tenant, upsert.table(), key))) {
          ArrayNode parts = byTable.computeIfAbsent(upsert.table(), rows::putArray).addArray();
          key.forEach(parts::add);
        }
      }
    }
    return new About(
        Json.write(about), hashes.stream().map(String::valueOf).collect(joining(",", "{", "}")));
  }
}
