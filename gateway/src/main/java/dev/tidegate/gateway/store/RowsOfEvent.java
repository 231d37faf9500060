package dev.tidegate.gateway.store;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/**
 * The rows that an event says something of, and of each column whether what stands there is the
 * event's word or a newer event's. The ledger says which rows those are, and each is read by its
 * primary key. What the event said of them is known where the handlers are at hand and its body is
 * kept. Otherwise only what stands from it can be told, by its version.
 *
 * @param complete whether these are all of them
 */
public record RowsOfEvent(List<Row> rows, boolean complete) {
  private static final int SECONDS = 3;
  private static final int MOST_ROWS = 200;
  private static final String SUFFIX = "_version";

  /** Whose word it is. */
  public enum Outcome {
    /** The event's. */
    WON,
    /** The event's in some columns. */
    PARTLY,
    /** A newer event's. */
    LOST,
    /** Nobody's any more: the row is not there. */
    GONE
  }

  /**
   * A row.
   *
   * @param key by the columns' names, without the tenant
   */
  public record Row(String table, Map<String, String> key, Outcome outcome, List<Said> columns) {}

  /**
   * A column or a field of one; a group of columns, where no more than that is known.
   *
   * @param value what stands now, as text
   * @param said what the event said
   * @param wonBy the event that the value comes from
   */
  public record Said(
      String name,
      Outcome outcome,
      Optional<String> value,
      Optional<String> said,
      Optional<Winner> wonBy) {}

  /**
   * A newer event.
   *
   * @param at when it was processed
   */
  public record Winner(EventReference eventId, Instant at) {}

  /** What the handlers make of the event, and the tables that they write. */
  public record Preview(List<Upsert> upserts, Map<String, Table> tables) {}

  /** A table of entities as it is in the database. */
  public record EntityTable(
      String name, List<String> key, List<String> types, List<String> versions) {}

  /** A row as it stands, as JSON; empty where it is gone. */
  public record StandingRow(int place, Optional<RawJson> standing) {}

  /** The event of a version. */
  public record VersionOwner(String version, UUID eventId, Instant processedAt) {}

  /** Which row, by its table and the parts of its key without the tenant. */
  private record Place(String table, List<String> key) {}

  private static final String TABLES =
      """
      SELECT c.relname::text AS name, key.names AS key, key.types AS types,
        ARRAY(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attname LIKE '%\\_version'
            AND a.atttypid = 'bytea'::regtype AND NOT a.attisdropped
          ORDER BY a.attnum) AS versions
      FROM pg_class c
      JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
      CROSS JOIN LATERAL (
        SELECT array_agg(a.attname::text ORDER BY k.place) AS names,
          array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY k.place) AS types
        FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) key
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
        AND c.relname = ANY (?)
        AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
          AND a.attname = 'column_versions' AND NOT a.attisdropped)
      """;

  private static final String OWNERS =
      """
      SELECT version::text AS version, event_id, processed_at FROM events
      WHERE tenant_id = ? AND about_index && ?::bigint[] AND version = ANY (?::bytea[])
      """;

  /** Reads in the transaction of {@code handle}, as its last statements. */
  static RowsOfEvent of(Handle handle, LedgerEvent event, Optional<Preview> preview) {
    handle.savepoint("rows");
    try {
      handle.execute("SET LOCAL statement_timeout = " + TimeUnit.SECONDS.toMillis(SECONDS));
      return new Reader(handle, event, preview).read();
    } catch (UnableToExecuteStatementException tookTooLong) {
      handle.rollbackToSavepoint("rows");
      return new RowsOfEvent(List.of(), false);
    }
  }

  /** Reads the rows of one event. */
  private static final class Reader {
    private final Handle handle;
    private final LedgerEvent event;
    private final String version;
    private final Optional<Preview> preview;

    /** What the event says of each row, by the names of columns and fields. */
    private final Map<Place, Map<String, @Nullable String>> said = new LinkedHashMap<>();

    /** Which rows of other events were asked for, and their versions. */
    private final Map<Place, Set<String>> winners = new LinkedHashMap<>();

    /** By which version each column stands. */
    private final Map<Said, String> standingVersions = new IdentityHashMap<>();

    Reader(Handle handle, LedgerEvent event, Optional<Preview> preview) {
      this.handle = handle;
      this.event = event;
      this.version = Version.of(event.version()).text();
      this.preview = preview;
    }

    RowsOfEvent read() {
      Set<Place> places = new LinkedHashSet<>();
      preview.ifPresent(
          known ->
              known
                  .upserts()
                  .forEach(
                      upsert -> {
                        Place place =
                            new Place(upsert.table(), upsert.key().subList(1, upsert.key().size()));
                        said.computeIfAbsent(place, row -> new TreeMap<>())
                            .putAll(upsert.columns());
                        places.add(place);
                      }));
      event.about().ifPresent(about -> places.addAll(placesIn(about)));
      Map<String, List<Place>> byTable =
          places.stream()
              .limit(MOST_ROWS)
              .collect(
                  Collectors.groupingBy(Place::table, LinkedHashMap::new, Collectors.toList()));
      List<Row> rows = new ArrayList<>();
      List<EntityTable> tables =
          handle
              .createQuery(TABLES)
              .bindArray(0, String.class, byTable.keySet())
              .mapTo(EntityTable.class)
              .list();
      for (EntityTable table : tables) {
        rows.addAll(read(table, byTable.get(table.name())));
      }
      boolean isTold = preview.isPresent() || event.about().isPresent();
      return new RowsOfEvent(
          withWinners(rows),
          places.size() <= MOST_ROWS
              && tables.size() == byTable.size()
              && (isTold || event.status() != LedgerEvent.Status.PROCESSED));
    }

    private static List<Place> placesIn(RawJson about) {
      List<Place> places = new ArrayList<>();
      about
          .tree()
          .path("rows")
          .properties()
          .forEach(
              table ->
                  table
                      .getValue()
                      .forEach(
                          key -> {
                            List<String> parts = new ArrayList<>();
                            key.forEach(part -> parts.add(part.asText()));
                            places.add(new Place(table.getKey(), parts));
                          }));
      return places;
    }

    private List<Row> read(EntityTable table, List<Place> places) {
      List<String> key = table.key().subList(1, table.key().size());
      List<Place> whole = places.stream().filter(each -> each.key().size() == key.size()).toList();
      String parts =
          IntStream.range(0, key.size()).mapToObj(i -> "k" + i).collect(Collectors.joining(", "));
      String arrays = key.stream().map(name -> "?::text[]").collect(Collectors.joining(", "));
      String isRow =
          IntStream.range(0, key.size())
              .mapToObj(
                  i ->
                      "t.%s = key.k%d::%s"
                          .formatted(identifier(key.get(i)), i, table.types().get(i + 1)))
              .collect(Collectors.joining(" AND "));
      List<Object> parameters = new ArrayList<>();
      for (int i = 0; i < key.size(); i++) {
        int part = i;
        parameters.add(whole.stream().map(place -> place.key().get(part)).toList());
      }
      parameters.add(event.tenant());
      Map<Integer, Optional<RawJson>> standing =
          SqlConditions.bind(
                  handle.createQuery(
                      """
                      SELECT key.place, to_jsonb(t) AS standing
                      FROM unnest(%s) WITH ORDINALITY AS key (%s, place)
                      LEFT JOIN %s t ON t.tenant_id = ? AND %s
                      """
                          .formatted(arrays, parts, identifier(table.name()), isRow)),
                  0,
                  parameters)
              .mapTo(StandingRow.class)
              .collect(Collectors.toMap(StandingRow::place, StandingRow::standing));
      return IntStream.range(0, whole.size())
          .mapToObj(i -> row(table, whole.get(i), standing.getOrDefault(i + 1, Optional.empty())))
          .toList();
    }

    private Row row(EntityTable table, Place place, Optional<RawJson> standing) {
      Map<String, String> key = new LinkedHashMap<>();
      for (int i = 0; i < place.key().size(); i++) {
        key.put(table.key().get(i + 1), place.key().get(i));
      }
      if (standing.isEmpty()) {
        return new Row(place.table(), key, Outcome.GONE, List.of());
      }
      JsonNode row = standing.get().tree();
      Optional<Table> known = preview.map(each -> each.tables().get(table.name()));
      List<Said> columns =
          known.isPresent() && said.containsKey(place)
              ? said(known.get(), place, row)
              : standing(table, row);
      return new Row(
          place.table(),
          key,
          known.isPresent() && said.containsKey(place)
              ? outcome(columns.stream().map(Said::outcome).toList())
              : outcome(
                  table.versions().stream()
                      .filter(column -> row.path(column).isTextual())
                      .map(column -> isOurs(row.path(column).asText()))
                      .toList()),
          columns);
    }

    private Outcome isOurs(String standing) {
      return standing.equals(version) ? Outcome.WON : Outcome.LOST;
    }

    private static Outcome outcome(List<Outcome> ofColumns) {
      return !ofColumns.contains(Outcome.WON)
          ? Outcome.LOST
          : ofColumns.contains(Outcome.LOST) ? Outcome.PARTLY : Outcome.WON;
    }

    /** What the event said, and what stands. */
    private List<Said> said(Table table, Place place, JsonNode row) {
      List<Said> columns = new ArrayList<>();
      said.get(place)
          .forEach(
              (name, text) -> {
                String standing = versionOf(table, name, row);
                Outcome outcome = isOurs(standing);
                if (outcome == Outcome.LOST && !standing.isEmpty()) {
                  winners.computeIfAbsent(place, each -> new LinkedHashSet<>()).add(standing);
                }
                columns.add(
                    new Said(
                        name,
                        outcome,
                        valueOf(name, row),
                        Optional.ofNullable(text),
                        Optional.empty()));
                standingVersions.put(columns.get(columns.size() - 1), standing);
              });
      return columns;
    }

    /** The version of a column or field: its own where it is older than its group. */
    private static String versionOf(Table table, String name, JsonNode row) {
      JsonNode own = row.path(Table.COLUMN_VERSIONS).path(name);
      if (own.isTextual()) {
        return own.asText();
      }
      return table
          .groupOf(columnOf(name))
          .map(ColumnGroup::versionColumn)
          .map(column -> row.path(column).asText(""))
          .orElse("");
    }

    private static String columnOf(String name) {
      int field = name.indexOf(Column.FIELD);
      return field < 0 ? name : name.substring(0, field);
    }

    private static Optional<String> valueOf(String name, JsonNode row) {
      int field = name.indexOf(Column.FIELD);
      JsonNode value =
          field < 0
              ? row.path(name)
              : row.path(name.substring(0, field)).path(name.substring(field + 1));
      return value.isNull() || value.isMissingNode()
          ? Optional.empty()
          : Optional.of(value.isTextual() ? value.asText() : value.toString());
    }

    /** The groups and columns that stand from the event, where what it said is not known. */
    private List<Said> standing(EntityTable table, JsonNode row) {
      List<Said> columns = new ArrayList<>();
      for (String column : table.versions()) {
        if (row.path(column).asText().equals(version)) {
          columns.add(won(column.substring(0, column.length() - SUFFIX.length()), row));
        }
      }
      row.path(Table.COLUMN_VERSIONS)
          .properties()
          .forEach(
              own -> {
                if (own.getValue().asText().equals(version)) {
                  columns.add(won(own.getKey(), row));
                }
              });
      return columns;
    }

    private static Said won(String name, JsonNode row) {
      return new Said(name, Outcome.WON, valueOf(name, row), Optional.empty(), Optional.empty());
    }

    /** Names the newer events, of which only the versions are known so far. */
    private List<Row> withWinners(List<Row> rows) {
      Map<String, Winner> owners = winners.isEmpty() ? Map.of() : owners();
      return rows.stream()
          .map(
              row ->
                  new Row(
                      row.table(),
                      row.key(),
                      row.outcome(),
                      row.columns().stream()
                          .map(
                              column ->
                                  new Said(
                                      column.name(),
                                      column.outcome(),
                                      column.value(),
                                      column.said(),
                                      column.outcome() == Outcome.LOST
                                          ? Optional.ofNullable(
                                              owners.get(standingVersions.get(column)))
                                          : Optional.empty()))
                          .toList()))
          .toList();
    }

    private Map<String, Winner> owners() {
      List<String> hashes =
          winners.keySet().stream()
              .map(place -> EventKeys.ofRow(event.tenant(), place.table(), place.key()))
              .map(Object::toString)
              .toList();
      Set<String> versions =
          winners.values().stream().flatMap(Collection::stream).collect(Collectors.toSet());
      return SqlConditions.bind(
              handle.createQuery(OWNERS), 0, List.of(event.tenant(), hashes, versions))
          .mapTo(VersionOwner.class)
          .collect(
              Collectors.toMap(
                  VersionOwner::version,
                  owner ->
                      new Winner(
                          new EventReference(event.tenant(), owner.eventId()), owner.processedAt()),
                  (one, other) -> one));
    }
  }

  /** A name out of the catalogue, as SQL takes it whatever it is. */
  private static String identifier(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
