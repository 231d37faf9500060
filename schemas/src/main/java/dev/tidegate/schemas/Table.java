package dev.tidegate.schemas;

import com.google.auto.value.AutoValue;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A PostgreSQL table that events are upserted into: its key, which begins with {@code tenant_id},
 * and its column groups. The migrations in this room create the table itself; a test holds the two
 * together.
 *
 * <p>Beside these columns every such table has the version column of each group, {@link
 * #COLUMN_VERSIONS}, and {@link #UPDATED_AT} and {@link #UPDATED_XID}, which the database sets
 * whenever a value of the row changes.
 */
@AutoValue
public abstract class Table implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The first column of every key: tenants are walls (DESIGN.md, promise 8). */
  public static final String TENANT_ID = "tenant_id";

  /** When a value of the row last changed. A newer version of the same values is no change. */
  public static final String UPDATED_AT = "updated_at";

  /**
   * The transaction of that change. Transactions do not commit in the order of their times, so
   * whoever polls for changes goes by this column (docs/changes.md).
   */
  public static final String UPDATED_XID = "updated_xid";

  /**
   * A JSON object with the {@link Version#text} of each column that is older than its group. It is
   * null in nearly every row. An empty text marks a column that no event has written.
   */
  public static final String COLUMN_VERSIONS = "column_versions";

  /** PostgreSQL indexes 32 columns at most. Rows are told apart by fewer. */
  private static final int MOST_KEY_COLUMNS = 16;

  /**
   * The bound on columns and groups, each of which has its version's column. PostgreSQL stores a
   * row in a page of 8 KB, with 18 bytes or more for each.
   */
  private static final int MOST_COLUMNS = 300;

  /** Where each column of the groups is: looked up for every value of every row. */
  private Map<String, Place> places = Map.of();

  public abstract String name();

  /** The primary key's columns, {@link #TENANT_ID} first. */
  public abstract List<Column> key();

  public abstract List<ColumnGroup> groups();

  /** A builder for the table {@code name}; SQL names are lower-case words. */
  public static Builder named(String name) {
    return new Builder(name);
  }

  /** The column of that name, in the key or a group. */
  public Optional<Column> column(String name) {
    return columns().filter(column -> column.name().equals(name)).findFirst();
  }

  /** The group that holds the column of that name. */
  public Optional<ColumnGroup> groupOf(String column) {
    return Optional.ofNullable(places.get(column)).map(Place::group);
  }

  /**
   * Where a group holds the column of that name.
   *
   * @throws IllegalArgumentException where none does
   */
  Place placeOf(String column) {
    Place place = places.get(column);
    if (place == null) {
      throw new IllegalArgumentException("%s has no column %s".formatted(name(), column));
    }
    return place;
  }

  /** How many columns the groups have together. */
  public int width() {
    return places.size();
  }

  /** All columns that hold data: key, then group by group. */
  public Stream<Column> columns() {
    return Stream.concat(
        key().stream(), groups().stream().flatMap(group -> group.columns().stream()));
  }

  /** A column's group, and its index among the group's columns. */
  record Place(ColumnGroup group, int index, int position) implements Serializable {
    Column column() {
      return group.columns().get(index);
    }
  }

  /** Collects a table's key and groups. */
  public static final class Builder {
    /**
     * Java compares keys by their texts. 1.0 and 1.00 would be two keys for one row, and the
     * database returns a time with another text than it was given.
     */
    private static final Set<ColumnType> AMBIGUOUS =
        EnumSet.of(ColumnType.NUMERIC, ColumnType.JSONB, ColumnType.TIMESTAMPTZ);

    private final String name;
    private final List<Column> key = new ArrayList<>();
    private final List<ColumnGroup> groups = new ArrayList<>();

    private Builder(String name) {
      this.name = name;
      key.add(Column.indexedText(TENANT_ID));
    }

    /** Adds a column to the key, after {@link #TENANT_ID}. */
    public Builder key(Column column) {
      key.add(column);
      return this;
    }

    /** Adds columns that usually come together. */
    public Builder group(String groupName, Column... columns) {
      groups.add(new ColumnGroup(groupName, List.of(columns)));
      return this;
    }

    public Table build() {
      if (key.size() < 2 || groups.isEmpty()) {
        throw new IllegalArgumentException("table " + name + " needs a key and a column group");
      }
      ReservedNames.requireTable(name);
      if (key.size() - 1 > MOST_KEY_COLUMNS) {
        throw new IllegalArgumentException(
            "table %s has more than %d columns in its key".formatted(name, MOST_KEY_COLUMNS));
      }
      int width = key.size() + groups.stream().mapToInt(each -> 1 + each.columns().size()).sum();
      if (width > MOST_COLUMNS) {
        throw new IllegalArgumentException(
            "table %s has %d columns and groups, more than %d"
                .formatted(name, width, MOST_COLUMNS));
      }
      Table table = new AutoValue_Table(name, List.copyOf(key), List.copyOf(groups));
      if (key.stream().anyMatch(column -> AMBIGUOUS.contains(column.type()))) {
        throw new IllegalArgumentException(
            "table " + name + " has a key whose equal values have several texts");
      }
      Set<String> names = new HashSet<>(Set.of(UPDATED_AT, UPDATED_XID, COLUMN_VERSIONS));
      Stream.concat(
              table.columns().map(Column::name),
              table.groups().stream().map(ColumnGroup::versionColumn))
          .forEach(
              column -> {
                ReservedNames.requireColumn(column);
                if (!names.add(column)) {
                  throw new IllegalArgumentException(
                      "table %s has two columns %s".formatted(name, column));
                }
              });
      table.places = placesIn(table.groups());
      return table;
    }

    private static Map<String, Place> placesIn(List<ColumnGroup> groups) {
      Map<String, Place> places = new HashMap<>();
      int position = 0;
      for (ColumnGroup group : groups) {
        for (int i = 0; i < group.columns().size(); i++) {
          places.put(group.columns().get(i).name(), new Place(group, i, position++));
        }
      }
      return Map.copyOf(places);
    }
  }
}
