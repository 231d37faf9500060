package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows a notification speaks of: each once, however many of its resources have something to say
 * of it.
 */
final class NotificationRows {
  private final Event event;
  private final Map<Key, Upsert.Builder> rows = new LinkedHashMap<>();

  NotificationRows(Event event) {
    this.event = event;
  }

  /**
   * The row of {@code table} with that key.
   *
   * @param key the key's values but the tenant, which is the event's
   * @throws dev.tidegate.schemas.InvalidValueException where a key column cannot hold its value
   */
  Upsert.Builder row(Table table, String... key) {
    return rows.computeIfAbsent(
        new Key(table.name(), List.of(key)),
        absent -> {
          Upsert.Builder row = Upsert.into(table, event);
          for (int i = 0; i < key.length; i++) {
            row.key(table.key().get(i + 1).name(), key[i]);
          }
          return row;
        });
  }

  /** Those of which anything is said, in the order in which they were first spoken of. */
  List<Upsert> upserts() {
    return rows.values().stream()
        .map(Upsert.Builder::build)
        .filter(row -> !row.groups().isEmpty())
        .toList();
  }

  private record Key(String table, List<String> key) {}
}
