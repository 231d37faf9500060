package dev.tidegate.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.auto.value.AutoValue;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.beam.sdk.coders.DefaultCoder;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What an event says of one row: the row's key, and the values of the columns that it mentions. A
 * column that it does not mention stays as it is (DESIGN.md, promise 2). All values have been
 * checked against the {@link Table}: the database has no reason left to refuse them.
 */
@AutoValue
@DefaultCoder(UpsertCoder.class)
public abstract class Upsert {
  /** The table's name. */
  public abstract String table();

  /** The key's values in the order of {@link Table#key}, as the text PostgreSQL reads. */
  public abstract List<String> key();

  /**
   * The value of each column mentioned, as the text PostgreSQL reads; null is a value. A field of a
   * column that is written {@linkplain Column#byField by field} is named {@code column/field}.
   */
  public abstract SortedMap<String, @Nullable String> columns();

  /** The version under which all columns are written. */
  public abstract Version version();

  /** Never the values or fields: what is logged by accident must not hold them. */
  @Override
  public final String toString() {
    return "Upsert{%s, %d columns}".formatted(table(), columns().size());
  }

  /** An upsert into {@code table} of what {@code event} says, for the event's tenant. */
  public static Builder into(Table table, Event event) {
    return new Builder(table, event.version()).setKey(Table.TENANT_ID, event.tenantId());
  }

  static Upsert of(
      String table,
      List<String> key,
      SortedMap<String, @Nullable String> columns,
      Version version) {
    return new AutoValue_Upsert(table, key, columns, version);
  }

  /** Collects a row's key and values, checking each against its column. */
  public static final class Builder {
    private final Table table;
    private final Version version;
    private final @Nullable String[] key;
    private final SortedMap<String, @Nullable String> columns = new TreeMap<>();

    private Builder(Table table, Version version) {
      this.table = table;
      this.version = version;
      this.key = new String[table.key().size()];
    }

    /**
     * Sets a column of the key, other than the tenant: that is the event's.
     *
     * @throws InvalidValueException where the column cannot hold {@code value}
     */
    public Builder key(String column, @Nullable Object value) {
      if (column.equals(Table.TENANT_ID)) {
        throw new IllegalArgumentException("the tenant is the event's");
      }
      return setKey(column, value);
    }

    private Builder setKey(String column, @Nullable Object value) {
      for (int i = 0; i < key.length; i++) {
        Column candidate = table.key().get(i);
        if (candidate.name().equals(column)) {
          key[i] = textOf(candidate, value);
          return this;
        }
      }
      throw new IllegalArgumentException(table.name() + " has no key column " + column);
    }

    /**
     * Sets a column.
     *
     * @param value a Java value or JSON scalar of the column's type; null and JSON's null are
     *     values
     * @throws InvalidValueException where the column cannot hold {@code value}; the column is as it
     *     was
     */
    public Builder set(String column, @Nullable Object value) {
      Column target = table.placeOf(column).column();
      if (target.byField()) {
        throw new IllegalArgumentException(column + " is written field by field");
      }
      columns.put(column, textOf(target, value));
      return this;
    }

    /**
     * Sets a field of a column that is written {@linkplain Column#byField by field}.
     *
     * @param value JSON's null is a value
     * @throws InvalidValueException where {@code jsonb} cannot hold the name or the value
     */
    public Builder setField(String column, String field, JsonNode value) {
      Column target = table.placeOf(column).column();
      if (!target.byField()) {
        throw new IllegalArgumentException(column + " is not written field by field");
      }
      try {
        ColumnType.checkText(field);
        columns.put(target.nameOf(field), target.toText(value));
        return this;
      } catch (IllegalArgumentException refused) {
        throw new InvalidValueException(table.name(), column, refused.getMessage());
      }
    }

    /**
     * The upsert of what was set so far.
     *
     * @throws InvalidValueException where a key column was not set
     */
    public Upsert build() {
      for (int i = 0; i < key.length; i++) {
        if (key[i] == null) {
          throw new InvalidValueException(
              table.name(), table.key().get(i).name(), "must be given: it is part of the key");
        }
      }
      return of(
          table.name(),
          List.of(key),
          Collections.unmodifiableSortedMap(new TreeMap<>(columns)),
          version);
    }

    private @Nullable String textOf(Column column, @Nullable Object value) {
      if (value == null || (value instanceof JsonNode node && node.isNull())) {
        return null;
      }
      try {
        return column.toText(value);
      } catch (IllegalArgumentException refused) {
        throw new InvalidValueException(table.name(), column.name(), refused.getMessage());
      }
    }
  }
}
