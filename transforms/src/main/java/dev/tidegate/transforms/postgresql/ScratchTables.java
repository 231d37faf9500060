package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.DryRun.EffectCount;
import dev.tidegate.schemas.DryRun.TableDifference;
import dev.tidegate.schemas.ReservedNames;
import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.EventSources;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tables like the live ones, empty at first, in schemas of their own: events are written to them as
 * the pipeline writes to the live tables, and then the two are compared.
 *
 * <p>Whatever writes has only the scratch schema in its search path, and Tidegate's statements name
 * tables without a schema. The copies have the constraints, defaults and indexes of the live
 * tables, but no triggers: a trigger may write elsewhere, or wake the relay.
 *
 * <p>The schemas are dropped in the end. An advisory lock tells that their run is alive. Schemas of
 * a run that died are dropped by the next one.
 */
public final class ScratchTables implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScratchTables.class);

  /** What the names of all scratch schemas begin with. */
  public static final String PREFIX = "tidegate_dry_run_";

  /** The schemas of a run end with one of these: written tables, live rows, and both together. */
  static final String LIVE = "_live";

  static final String AFTER = "_after";

  private static final int UUID_LENGTH = 32;

  private static final Duration OUTAGE_BUDGET = Duration.ofSeconds(2);

  private static final String LOCK = "hashtextextended(left(?, %d), 0)".formatted(lengthOfRun());

  private static final String RELATIONS =
      """
      SELECT wanted.name, format('%I.%I', n.nspname, c.relname)
      FROM unnest(?::text[]) AS wanted (name)
      JOIN pg_class c ON c.oid = to_regclass(wanted.name) AND c.relkind IN ('r', 'p')
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE has_table_privilege(c.oid, 'SELECT')
      ORDER BY 1
      """;

  /** Defaults that draw numbers from a sequence, which would be the live one's. */
  private static final String SEQUENCES =
      """
      SELECT format('%I.%I', ?::text, c.relname), format('%I', a.attname)
      FROM pg_attrdef d
      JOIN pg_class c ON c.oid = d.adrelid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
      WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?)
        AND EXISTS (
          SELECT FROM pg_depend p JOIN pg_class s ON s.oid = p.refobjid AND s.relkind = 'S'
          WHERE p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
            AND p.refclassid = 'pg_class'::regclass)
      """;

  private static final String EFFECTS =
      """
      SELECT kind, effect_type, count(DISTINCT (tenant_id, source, cause)), count(*),
        count(*) FILTER (WHERE %s)
      FROM %s.effects caused GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %d
      """;

  private static final String IS_ISSUED =
      """
      EXISTS (SELECT FROM %s issued
        WHERE issued.tenant_id = caused.tenant_id AND issued.source = caused.source
          AND issued.cause = caused.cause AND issued.effect_id = caused.effect_id)""";

  private final String schema = PREFIX + UUID.randomUUID().toString().replace("-", "");
  private final EventSources sources;
  private final Connection keeper;
  private final Map<String, String> live = new HashMap<>();
  private ConnectionPool pool;
  private EventWriter writer;

  private ScratchTables(Connection keeper, EventSources sources) {
    this.keeper = keeper;
    this.sources = sources;
  }

  private static int lengthOfRun() {
    return PREFIX.length() + UUID_LENGTH;
  }

  /**
   * Creates the tables.
   *
   * @param database where the live tables are. Its user needs {@code CREATE} on the database, and
   *     {@code SELECT} on the tables
   * @param sources have the tables; one that is not there, or lacks a column, is made as its source
   *     says
   * @throws SQLException where they cannot be created; with SQLSTATE 42501 where the user may not
   */
  public static ScratchTables open(DatabaseConfiguration database, EventSources sources)
      throws SQLException {
    Connection keeper =
        new DatabaseConnections(
                database,
                Map.of(
                    "ApplicationName",
                    "tidegate-dry-run",
                    "options",
                    "-c lock_timeout=%d -c statement_timeout=%d"
                        .formatted(
                            database.lockTimeout().toMillis(),
                            database.statementTimeout().toMillis())))
            .getConnection();
    ScratchTables tables = new ScratchTables(keeper, sources);
    try {
      dropLeftovers(keeper);
      tables.create();
      tables.connect(database);
      return tables;
    } catch (SQLException | RuntimeException failure) {
      tables.close();
      throw failure;
    }
  }

  /** Drops the schemas of runs that died. What belongs to another user is left to that user. */
  static void dropLeftovers(Connection connection) throws SQLException {
    List<String> schemas = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, ?)"
                + " AND pg_has_role(nspowner, 'USAGE')")) {
      statement.setString(1, PREFIX);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          schemas.add(rows.getString(1));
        }
      }
    }
    for (String leftover : schemas) {
      if (lock(connection, "pg_try_advisory_lock", leftover)) {
        drop(connection, leftover);
        lock(connection, "pg_advisory_unlock", leftover);
      }
    }
  }

  private static boolean lock(Connection connection, String function, String schema)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT %s(%s)".formatted(function, LOCK))) {
      statement.setString(1, schema);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private static void drop(Connection connection, String schema) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA IF EXISTS \"%s\" CASCADE".formatted(schema));
    }
  }

  private void create() throws SQLException {
    if (!lock(keeper, "pg_try_advisory_lock", schema)) {
      throw new SQLException("another run has the same name", "55P03");
    }
    live.putAll(liveTables());
    keeper.setAutoCommit(false);
    try (Statement statement = keeper.createStatement()) {
      for (String suffix : List.of("", LIVE, AFTER)) {
        statement.execute("CREATE SCHEMA " + schema + suffix);
      }
      for (Map.Entry<String, String> table : live.entrySet()) {
        statement.execute(
            "CREATE UNLOGGED TABLE %s.%s (LIKE %s INCLUDING ALL)"
                .formatted(schema, table.getKey(), table.getValue()));
      }
      replaceSequences(statement);
      statement.execute("SET LOCAL search_path TO " + schema);
      for (String addition : DatabaseSchema.additions(keeper, sources.tables())) {
        statement.execute(addition);
      }
      keeper.commit();
    } finally {
      keeper.rollback();
      keeper.setAutoCommit(true);
    }
  }

  /** The live tables that there are, by their names, as SQL names them from anywhere. */
  private Map<String, String> liveTables() throws SQLException {
    Map<String, String> found = new HashMap<>();
    String[] names =
        Stream.concat(ReservedNames.ofSystem().stream(), sources.tables().stream().map(Table::name))
            .toArray(String[]::new);
    try (PreparedStatement statement = keeper.prepareStatement(RELATIONS)) {
      statement.setArray(1, keeper.createArrayOf("text", names));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    return found;
  }

  private void replaceSequences(Statement statement) throws SQLException {
    List<String> replacements = new ArrayList<>();
    try (PreparedStatement query = keeper.prepareStatement(SEQUENCES)) {
      query.setString(1, schema);
      query.setString(2, schema);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          String sequence = "%s.sequence_%d".formatted(schema, replacements.size());
          replacements.add(
              "CREATE SEQUENCE %1$s; ALTER TABLE %2$s ALTER COLUMN %3$s SET DEFAULT nextval('%1$s')"
                  .formatted(sequence, rows.getString(1), rows.getString(2)));
        }
      }
    }
    for (String replacement : replacements) {
      statement.execute(replacement);
    }
  }

  /** Connects whoever writes, who must not find any other table. */
  private void connect(DatabaseConfiguration database) throws SQLException {
    pool =
        ConnectionPool.open(
            new DatabaseConfiguration(
                urlWithin(database.jdbcUrl(), schema),
                database.username(),
                database.password(),
                1,
                database.statementTimeout(),
                database.lockTimeout()));
    writer = new EventWriter(pool, new TransientRetry(() -> {}, OUTAGE_BUDGET), sources, false);
    pool.use(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery("SELECT array_to_string(current_schemas(false), ',')")) {
            row.next();
            if (!schema.equals(row.getString(1))) {
              throw new SQLException(
                  "the connection does not take the scratch schema as its only one", "3F000");
            }
          }
        });
  }

  /** The URL of the same database, where names without a schema are those of {@code schema}. */
  static String urlWithin(String jdbcUrl, String schema) {
    String rest = jdbcUrl.replaceAll("([?&])currentSchema=[^&]*&?", "$1").replaceAll("[?&]$", "");
    return rest + (rest.contains("?") ? "&" : "?") + "currentSchema=" + schema;
  }

  /**
   * Writes {@code batch} as the pipeline does, and tells of what the database refuses at once.
   *
   * @throws SQLException where the database is away
   */
  public void write(List<EventWriter.Entry> batch, EventWriter.Result result) throws SQLException {
    writer.tryOut(batch, result);
  }

  /** What the events cause beside rows. */
  public List<EffectCount> effects() throws SQLException {
    String issued =
        live.containsKey("effects") ? IS_ISSUED.formatted(live.get("effects")) : "false";
    List<EffectCount> effects = new ArrayList<>();
    try (Statement statement = keeper.createStatement();
        ResultSet rows =
            statement.executeQuery(EFFECTS.formatted(issued, schema, DryRun.MOST_KINDS))) {
      while (rows.next()) {
        effects.add(
            new EffectCount(
                rows.getString(1),
                rows.getString(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5)));
      }
    }
    return effects;
  }

  /** What differs in each table that was written to. */
  public List<TableDifference> differences() throws SQLException {
    List<TableDifference> differences = new ArrayList<>();
    keeper.setAutoCommit(false);
    try {
      for (Table table : sources.tables()) {
        new TableComparison(keeper, schema, table, live.get(table.name()))
            .difference()
            .ifPresent(differences::add);
        keeper.commit();
      }
    } finally {
      keeper.rollback();
      keeper.setAutoCommit(true);
    }
    return differences;
  }

  /** Drops everything. Where the database is away, the next run does that. */
  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
    try (Connection connection = keeper) {
      for (String suffix : List.of("", LIVE, AFTER)) {
        drop(connection, schema + suffix);
      }
    } catch (SQLException away) {
      LOG.warn(
          "the schema {} of a dry run stays until the next one: SQLSTATE {}",
          schema,
          away.getSQLState());
    }
  }
}
