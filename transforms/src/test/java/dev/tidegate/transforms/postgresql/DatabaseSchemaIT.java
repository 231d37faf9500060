package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.postgresql.SearchPath;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a database lacks of what this version writes, and how many connections it has. */
class DatabaseSchemaIT {
  private TestDatabase database;

  @BeforeEach
  void createDatabase() throws SQLException {
    database = TestDatabase.create();
  }

  @Test
  void migratedDatabaseLacksNothing() throws SQLException {
    assertThat(mismatches()).isEmpty();
  }

  @Test
  void everyColumnOfTheLedgerIsExpected() throws SQLException {
    for (String table : DatabaseSchema.LEDGER.keySet()) {
      assertThat(
              Integer.parseInt(
                  database.query(
                      "SELECT count(*) FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0"
                          .formatted(table))))
          .as(table)
          .isEqualTo(DatabaseSchema.LEDGER.get(table).size());
    }
  }

  @Test
  void missingTablesColumnsAndOtherTypesAreNamed() throws SQLException {
    database.execute(
        "DROP TABLE event_payloads CASCADE",
        "ALTER TABLE event_dead_letters DROP COLUMN replay_id",
        "ALTER TABLE event_dead_letters ALTER COLUMN attempts TYPE bigint");
    assertThat(mismatches())
        .containsExactlyInAnyOrder(
            "the table event_payloads is missing",
            "the column event_dead_letters.replay_id is missing",
            "the column event_dead_letters.attempts must be integer and is bigint");
  }

  @Test
  void handlersTablesAreCompared() throws SQLException {
    String table = EventSources.installed().tables().get(0).name();
    String column = EventSources.installed().tables().get(0).groups().get(0).versionColumn();
    database.execute("ALTER TABLE %s DROP COLUMN %s CASCADE".formatted(table, column));
    assertThat(mismatches())
        .containsExactly("the column %s.%s is missing".formatted(table, column));
  }

  @Test
  void aKeyThatNoRowCanBeFoundByAndColumnsThatTakeNoNullsAreNamed() throws SQLException {
    Table table =
        Table.named("things")
            .key(Column.indexedText("thing_id"))
            .group("state", Column.text("status"), Column.of("total", ColumnType.NUMERIC))
            .build();
    try (Connection connection = database.connect()) {
      String creation = DatabaseSchema.additions(connection, List.of(table)).get(0);
      assertThat(creation).startsWith("CREATE TABLE things (");
      database.execute(
          creation,
          "ALTER TABLE things DROP CONSTRAINT things_pkey, ALTER status SET NOT NULL,"
              + " DROP COLUMN total",
          "CREATE UNIQUE INDEX ON things (thing_id)",
          "CREATE UNIQUE INDEX ON things (tenant_id, thing_id) WHERE status = 'x'",
          "CREATE INDEX ON things (tenant_id, thing_id)");
      assertThat(DatabaseSchema.mismatches(connection, List.of(table)))
          .containsExactly(
              "the column things.total is missing",
              "the table things must have the primary key (tenant_id, thing_id)",
              "the column things.status must take nulls");
      assertThat(DatabaseSchema.additions(connection, List.of(table)))
          .as("a table with another key is somebody else's")
          .isEmpty();
      database.execute(
          "CREATE UNIQUE INDEX ON things (thing_id, tenant_id) INCLUDE (status)",
          "ALTER TABLE things ALTER status DROP NOT NULL");
      assertThat(DatabaseSchema.additions(connection, List.of(table)))
          .containsExactly(
              "ALTER TABLE things ADD COLUMN total numeric;",
              "UPDATE things SET column_versions = coalesce(column_versions, '{}') ||"
                  + " '{\"total\": \"\"}' WHERE state_version IS NOT NULL;");
    }
  }

  @Test
  void tablesOfSourcesSayWhatTheyAre() throws SQLException {
    Table table =
        Table.named("orders")
            .key(Column.indexedText("order_id"))
            .group("state", Column.text("status"), Column.text("extra"))
            .build();
    String technical =
        "SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0"
            + " AND NOT attisdropped AND col_description(attrelid, attnum) IS NOT NULL ORDER BY 1";
    List<String> all =
        List.of("column_versions", "state_version", "tenant_id", "updated_at", "updated_xid");
    try (Connection connection = database.connect()) {
      database.execute(DatabaseSchema.additions(connection, List.of(table)).toArray(String[]::new));
      assertThat(database.query("SELECT obj_description('orders'::regclass)"))
          .isEqualTo("What the events of a source say. Tidegate made this table for it.");
      assertThat(database.column(technical)).isEqualTo(all);

      database.execute("ALTER TABLE orders DROP COLUMN state_version, DROP COLUMN updated_xid");
      database.execute(DatabaseSchema.additions(connection, List.of(table)).toArray(String[]::new));
      assertThat(database.column(technical)).as("those that are added").isEqualTo(all);
    }
  }

  @Test
  void databaseOfSomethingElseLacksEverything() throws SQLException {
    database.execute(
        "DROP SCHEMA public CASCADE", "DROP SCHEMA tidegate CASCADE", "CREATE SCHEMA public");
    assertThat(mismatches())
        .contains("the table events is missing")
        .allMatch(line -> line.endsWith(" is missing"))
        .doesNotHaveDuplicates();
  }

  @Test
  void missingGrantsAreNamed() throws SQLException {
    String role = newRole();
    database.execute(
        "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public, tidegate TO " + role,
        "REVOKE INSERT, UPDATE ON events FROM " + role);
    try (Connection connection = connectAs(role)) {
      assertThat(DatabaseSchema.mismatches(connection, EventSources.installed().tables()))
          .containsExactly("its user lacks the grant USAGE on the schema tidegate");
      database.execute("GRANT USAGE ON SCHEMA tidegate TO " + role);
      assertThat(DatabaseSchema.mismatches(connection, EventSources.installed().tables()))
          .containsExactly("its user lacks grants on the table events: INSERT, UPDATE");
    }
  }

  @Test
  void connectionsOfOthersAreTakenAndTheJobsOwnAreFree() throws SQLException {
    String role = newRole();
    database.execute("ALTER ROLE %s CONNECTION LIMIT 5".formatted(role));
    try (ConnectionPool pool =
            ConnectionPool.open(
                new DatabaseConfiguration(database.jdbcUrl(), role, "TIDEGATE_TEST_PASSWORD", 1));
        Connection ofTheJob = pool.connection();
        Connection ofAnother = connectAs(role);
        Connection asking = connectAs(role)) {
      assertThat(ofTheJob.isValid(1) && ofAnother.isValid(1)).isTrue();
      assertThat(FreeConnections.of(asking))
          .isEqualTo(new FreeConnections(4, "the role's limit 5, 1 in use by others"));
    }
  }

  @Test
  void databasesLimitCountsToo() throws SQLException {
    String role = newRole();
    database.execute(
        "ALTER DATABASE %s CONNECTION LIMIT 3"
            .formatted(database.query("SELECT current_database()")));
    try (Connection asking = connectAs(role)) {
      assertThat(FreeConnections.of(asking))
          .isEqualTo(new FreeConnections(3, "the database's limit 3, 0 in use by others"));
    }
  }

  @Test
  void serversLimitBoundsSuperusersToo() throws SQLException {
    try (Connection asking = database.connect()) {
      assertThat(FreeConnections.of(asking).count()).isBetween(150L, 197L);
      assertThat(FreeConnections.of(asking).reason()).startsWith("max_connections 200 without");
    }
  }

  private List<String> mismatches() throws SQLException {
    try (Connection connection = database.connect()) {
      return DatabaseSchema.mismatches(connection, EventSources.installed().tables());
    }
  }

  /** Roles are the server's: each test has its own. */
  private String newRole() throws SQLException {
    String role = "writer_" + Long.toHexString(System.nanoTime());
    database.execute("CREATE ROLE %s LOGIN".formatted(role));
    return role;
  }

  private Connection connectAs(String role) throws SQLException {
    return DriverManager.getConnection(
        database.jdbcUrl(), SearchPath.connectionProperties(role, null));
  }
}
