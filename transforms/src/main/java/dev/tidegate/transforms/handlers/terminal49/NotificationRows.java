package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import dev.tidegate.transforms.handlers.HandlerOutput;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The rows of a notification: each once, even if several resources have facts for it. A value that
 * its column cannot hold becomes a warning; the rest is stored.
 */
final class NotificationRows {
  private final Event event;
  private final Map<Key, Row> rows = new LinkedHashMap<>();
  private final Set<Warning> warnings = new LinkedHashSet<>();

  NotificationRows(Event event) {
    this.event = event;
  }

  /**
   * The row of {@code table} with that key. Where the key cannot be stored, the row is not written.
   *
   * @param pointer where in the document the key is, asked for where it is warned of
   * @param key the key's values without the tenant: it is the event's
   */
  Row row(Table table, Supplier<String> pointer, String... key) {
    return rows.computeIfAbsent(
        new Key(table.name(), List.of(key)),
        absent -> {
          Upsert.Builder row = Upsert.into(table, event);
          try {
            for (int i = 0; i < key.length; i++) {
              row.key(table.key().get(i + 1).name(), key[i]);
            }
            return new Row(Optional.of(row));
          } catch (PermanentFailureException refused) {
            warn(pointer.get(), refused.getMessage());
            return new Row(Optional.empty());
          }
        });
  }

  /**
   * Warns that part of the notification is not stored.
   *
   * @param pointer where it is, without names that the sender chose
   * @param rule what it must be
   */
  void warn(String pointer, String rule) {
    warnings.add(new Warning(pointer, rule));
  }

  /** The rows that have values, in the order in which they were first used. */
  HandlerOutput output() {
    List<Upsert> upserts =
        rows.values().stream()
            .flatMap(row -> row.upsert.stream())
            .map(Upsert.Builder::build)
            .filter(row -> !row.isEmpty())
            .toList();
    return new HandlerOutput(upserts, List.copyOf(warnings));
  }

  /** A row while its values are collected. */
  final class Row {
    private final Optional<Upsert.Builder> upsert;

    private Row(Optional<Upsert.Builder> upsert) {
      this.upsert = upsert;
    }

    /** Sets a column to a value of Tidegate itself. */
    Row set(String column, @Nullable Object value) {
      upsert.ifPresent(row -> row.set(column, value));
      return this;
    }

    /**
     * Sets a column to a value of the notification. A value that the column cannot hold is ignored,
     * with a warning.
     *
     * @param pointer where in the document the value is, asked for where it is warned of
     */
    Row set(String column, @Nullable Object value, Supplier<String> pointer) {
      try {
        return set(column, value);
      } catch (PermanentFailureException refused) {
        warn(pointer.get(), refused.getMessage());
        return this;
      }
    }

    /** Sets a field of a column as {@link #set(String, Object, Supplier)} sets a column. */
    Row setField(String column, String field, JsonNode value, Supplier<String> pointer) {
      try {
        upsert.ifPresent(row -> row.setField(column, field, value));
      } catch (PermanentFailureException refused) {
        warn(pointer.get(), refused.getMessage());
      }
      return this;
    }
  }

  private record Key(String table, List<String> key) {}
}
