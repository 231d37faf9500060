package dev.tidegate.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What an event writes into one row: the key, and the values of the columns that the event
 * mentions. Other columns stay as they are (docs/design.md, promise 2). All values were checked
 * against the {@link Table}, so the database does not refuse them.
 */
public final class Upsert {
  private final Table table;
  private final List<String> key;
  private final @Nullable String[] values;
  private final boolean[] mentioned;
  private final SortedMap<String, String> fields;
  private final Version version;

  private Upsert(
      Table table,
      List<String> key,
      @Nullable String[] values,
      boolean[] mentioned,
      SortedMap<String, String> fields,
      Version version) {
    this.table = table;
    this.key = key;
    this.values = values;
    this.mentioned = mentioned;
    this.fields = fields;
    this.version = version;
  }

  /** The table's name. */
  public String table() {
    return table.name();
  }

  /** The key's values in the order of {@link Table#key}, as the text PostgreSQL reads. */
  public List<String> key() {
    return key;
  }

  /** The version under which all columns are written. */
  public Version version() {
    return version;
  }

  /** Whether no column is mentioned. */
  public boolean isEmpty() {
    for (boolean each : mentioned) {
      if (each) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a column is mentioned.
   *
   * @param position the column's position among the columns of the table's groups, from 0
   */
  public boolean mentions(int position) {
    return mentioned[position];
  }

  /**
   * The value of the column at that position, as the text PostgreSQL reads; null is a value. For a
   * column that is written {@linkplain Column#byField by field}: an object with the fields that are
   * mentioned.
   */
  public @Nullable String value(int position) {
    return values[position];
  }

  /**
   * The JSON of each field that is mentioned of a column that is written {@linkplain Column#byField
   * by field}. A field is named {@code column/field}.
   */
  public SortedMap<String, String> fields() {
    return fields;
  }

  /**
   * The value of each column mentioned, and of each field, by its name. It is put together when it
   * is asked for.
   */
  public SortedMap<String, @Nullable String> columns() {
    SortedMap<String, @Nullable String> columns = new TreeMap<>(fields);
    int position = 0;
    for (ColumnGroup group : table.groups()) {
      for (Column column : group.columns()) {
        if (mentioned[position] && !column.byField()) {
          columns.put(column.name(), values[position]);
        }
        position++;
      }
    }
    return columns;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Upsert upsert
        && table().equals(upsert.table())
        && key.equals(upsert.key)
        && version.equals(upsert.version)
        && columns().equals(upsert.columns());
  }

  @Override
  public int hashCode() {
    return Objects.hash(table(), key, version);
  }

  /** Never the values or fields: a line that is logged by accident must not contain them. */
  @Override
  public String toString() {
    return "Upsert{%s, %d columns}".formatted(table(), columns().size());
  }

  /** An upsert into {@code table} of what {@code event} says, for the event's tenant. */
  public static Builder into(Table table, Event event) {
    return new Builder(table, event.version()).setKey(Table.TENANT_ID, event.tenantId());
  }

  /** Collects a row's key and values, checking each against its column. */
  public static final class Builder {
    /** An entry of a B-tree has 2,704 bytes at most, and some for each column. */
    private static final int MOST_KEY_BYTES = 2_500;

    private static final int MOST_BYTES_OF_CHARACTER = 3;

    private final Table table;
    private final Version version;
    private final @Nullable String[] key;
    private final @Nullable String[] values;
    private final boolean[] mentioned;
    private final SortedMap<String, String> fields = new TreeMap<>();

    private Builder(Table table, Version version) {
      this.table = table;
      this.version = version;
      this.key = new String[table.key().size()];
      this.values = new String[table.width()];
      this.mentioned = new boolean[table.width()];
    }

    /**
     * Sets a column of the key, other than the tenant: that is the event's.
     *
     * @throws PermanentFailureException where the column cannot hold {@code value}
     */
    public Builder key(String column, @Nullable Object value) {
      if (column.equals(Table.TENANT_ID)) {
        throw new IllegalArgumentException("the tenant is the event's");
      }
      return setKey(column, value);
    }

    /**
     * The key, as the upsert will have it.
     *
     * @throws PermanentFailureException where a key column was not set, or together they are too
     *     long for an index
     */
    public List<String> key() {
      int longest = 0;
      for (int i = 0; i < key.length; i++) {
        if (key[i] == null) {
          throw PermanentFailureException.invalidValue(
              table.name(), table.key().get(i).name(), "must be given: it is part of the key");
        }
        longest += MOST_BYTES_OF_CHARACTER * key[i].length();
      }
      List<String> whole = List.of(key);
      if (longest > MOST_KEY_BYTES
          && whole.stream().mapToInt(part -> part.getBytes(UTF_8).length).sum() > MOST_KEY_BYTES) {
        throw PermanentFailureException.invalidValue(
            table.name(),
            table.key().get(key.length - 1).name(),
            "and the key's other columns must have at most %d bytes together"
                .formatted(MOST_KEY_BYTES));
      }
      return whole;
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
     * @throws PermanentFailureException where the column cannot hold {@code value}; the column is
     *     as it was
     */
    public Builder set(String column, @Nullable Object value) {
      Table.Place place = table.placeOf(column);
      if (place.column().byField()) {
        throw new IllegalArgumentException(column + " is written field by field");
      }
      values[place.position()] = textOf(place.column(), value);
      mentioned[place.position()] = true;
      return this;
    }

    /**
     * Sets a field of a column that is written {@linkplain Column#byField by field}.
     *
     * @param value JSON's null is a value
     * @throws PermanentFailureException where {@code jsonb} cannot hold the name or the value
     */
    public Builder setField(String column, String field, JsonNode value) {
      Table.Place place = table.placeOf(column);
      Column target = place.column();
      if (!target.byField()) {
        throw new IllegalArgumentException(column + " is not written field by field");
      }
      try {
        ColumnType.checkText(field);
        fields.put(target.nameOf(field), target.toText(value));
        mentioned[place.position()] = true;
        return this;
      } catch (IllegalArgumentException refused) {
        throw PermanentFailureException.invalidValue(table.name(), column, refused.getMessage());
      }
    }

    /**
     * The upsert of what was set so far.
     *
     * @throws PermanentFailureException where a key column was not set
     */
    public Upsert build() {
      List<String> whole = key();
      for (ColumnGroup group : fields.isEmpty() ? List.<ColumnGroup>of() : table.groups()) {
        Column column = group.columns().get(0);
        if (column.byField()) {
          values[table.placeOf(column.name()).position()] = objectOf(column, fields);
        }
      }
      return new Upsert(
          table,
          whole,
          values.clone(),
          mentioned.clone(),
          fields.isEmpty() ? Collections.emptySortedMap() : new TreeMap<>(fields),
          version);
    }

    private @Nullable String textOf(Column column, @Nullable Object value) {
      if (value == null || (value instanceof JsonNode node && node.isNull())) {
        return null;
      }
      try {
        return column.toText(value);
      } catch (IllegalArgumentException refused) {
        throw PermanentFailureException.invalidValue(
            table.name(), column.name(), refused.getMessage());
      }
    }
  }

  /**
   * The fields of {@code column} as a JSON object; null where there is none.
   *
   * @param fields the fields of all columns, by their names
   */
  public static @Nullable String objectOf(Column column, SortedMap<String, String> fields) {
    String prefix = column.nameOf("");
    StringBuilder object = new StringBuilder();
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (field.getKey().startsWith(prefix)) {
        object.append(object.isEmpty() ? "{\"" : ",\"");
        JsonStringEncoder.getInstance()
            .quoteAsString(field.getKey().substring(prefix.length()), object);
        object.append("\":").append(field.getValue());
      }
    }
    return object.isEmpty() ? null : object.append('}').toString();
  }
}
