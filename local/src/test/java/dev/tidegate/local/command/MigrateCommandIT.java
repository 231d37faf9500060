package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.local.LocalOptions;
import dev.tidegate.local.ReaderRole;
import dev.tidegate.schemas.postgresql.SearchPath;
import dev.tidegate.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrateCommandIT {
  private final TestDatabase database = TestDatabase.createEmpty();

  @Test
  void makesTheTablesOnceAndSaysWhatItWouldDo() throws SQLException {
    CommandRun dryRun = migrate("--dry-run");
    assertThat(dryRun.exitCode()).isZero();
    assertThat(dryRun.out().lines())
        .containsExactly(
            "would run 1 ledger",
            "would run 2 terminal49",
            "would run 3 operations",
            "would run 4 effects",
            "would run 5 console",
            "would run effects views",
            "would run terminal49 views");
    assertThat(tables()).isZero();

    CommandRun first = migrate();
    assertThat(first.exitCode()).isZero();
    assertThat(first.out().lines())
        .containsExactly(
            "ran 1 ledger",
            "ran 2 terminal49",
            "ran 3 operations",
            "ran 4 effects",
            "ran 5 console",
            "ran effects views",
            "ran terminal49 views");
    assertThat(tables()).isEqualTo(2);

    String nothing = "Nothing to do: the tables are those of this version.\n";
    assertThat(migrate().out()).isEqualTo(nothing);
    assertThat(migrate("--dry-run").out()).isEqualTo(nothing);
  }

  /** The technical tables have a schema of their own, which everybody's search path ends with. */
  @Test
  void technicalTablesAreApart() throws SQLException {
    migrate();
    assertThat(
            database.column(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                    + " AND relkind IN ('r', 'p') ORDER BY 1"))
        .containsExactly(
            "container_changes",
            "container_events",
            "container_statuses",
            "container_statuses_stale",
            "containers",
            "document_representations",
            "documents",
            "email_submissions",
            "locations",
            "shipment_events",
            "shipments",
            "tracking_requests",
            "vessels");
    try (Connection plain =
            DriverManager.getConnection(database.jdbcUrl(), TestDatabase.USERNAME, null);
        Statement statement = plain.createStatement();
        ResultSet row = statement.executeQuery("SELECT current_setting('search_path')")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("public, tidegate");
    }
  }

  @Test
  void aReaderReadsAndChangesNothing() throws SQLException {
    String role = "reader_" + database.query("SELECT current_database()");
    assertThat(migrate("--reader", role, "--dry-run").out())
        .contains("would make the role " + role);
    assertThat(migrate("--reader", role).out()).contains("made the role " + role);
    assertThat(migrate("--reader", role).exitCode()).as("again").isZero();
    database.execute(
        "ALTER ROLE %s LOGIN".formatted(role),
        "CREATE TABLE orders (tenant_id text)",
        "CREATE TABLE tidegate.later (tenant_id text)");

    try (Connection reader =
            DriverManager.getConnection(
                database.jdbcUrl(), SearchPath.connectionProperties(role, null));
        Statement statement = reader.createStatement()) {
      for (String table :
          List.of(
              "containers",
              "containers_current",
              "events",
              "webhook_deliveries",
              "orders",
              "later")) {
        statement.executeQuery("SELECT count(*) FROM " + table).close();
      }
      for (String forbidden :
          List.of(
              "SELECT FROM console_codes",
              "SELECT FROM audit_records",
              "DELETE FROM containers",
              "UPDATE events SET subject = ''",
              "CREATE TABLE mine (a int)")) {
        assertThatThrownBy(() -> statement.execute(forbidden))
            .as(forbidden)
            .isInstanceOf(SQLException.class);
      }
      ReaderRole.grant(
          new LocalOptions.Database(database.jdbcUrl(), TestDatabase.USERNAME),
          null,
          role,
          "it's secret",
          false);
      assertThat(
              database.query(
                  "SELECT rolpassword FROM pg_authid WHERE rolname = '%s'".formatted(role)))
          .startsWith("SCRAM-SHA-256$");
      // Its own setting is no wall: the grants are.
      statement.execute("SET default_transaction_read_only = off");
      assertThatThrownBy(() -> statement.execute("DELETE FROM containers"))
          .hasMessageContaining("permission denied");
    }
  }

  @Test
  void aDatabaseOfAnotherVersionIsLeftAlone() throws SQLException {
    migrate();
    database.execute("UPDATE flyway_schema_history SET checksum = 7 WHERE version = '2'");
    for (CommandRun run : new CommandRun[] {migrate(), migrate("--dry-run")}) {
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("another version of Tidegate").hasLineCount(1);
    }
  }

  @Test
  void aDatabaseThatIsNotThereIsNamedWithWhereThePasswordBelongs() {
    CommandRun run =
        CommandRun.of(
            "migrate", "--jdbc-url", "jdbc:postgresql://localhost:1/none", "--jdbc-user", "nobody");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("jdbc:postgresql://localhost:1/none as nobody")
        .contains("TIDEGATE_JDBC_PASSWORD")
        .hasLineCount(1);
  }

  /** What a pipeline elsewhere needs before it is launched with sources. */
  @Test
  void tablesOfSourcesAreAddedBehindTheMigrations(@TempDir Path folder) throws Exception {
    String text =
        """
        source: shop
        tables:
          orders: { key: { order_id: text }, groups: { state: { status: text } } }
        events:
          seen: { rows: [ { table: orders, key: { order_id: payload.id } } ] }
        """;
    String file = Files.writeString(folder.resolve("shop.yaml"), text).toString();
    assertThat(sources("apply", file).err())
        .contains("lacks Tidegate's own tables (the table event_attempts is missing; ")
        .contains("Run ./tidegate migrate first");
    migrate();

    String plan = sources("plan", file).out();
    assertThat(plan).startsWith("CREATE TABLE orders (\n  tenant_id text NOT NULL,");
    assertThat(database.query("SELECT to_regclass('orders') IS NULL")).isEqualTo("t");
    assertThat(sources("apply", file).out()).isEqualTo(plan);
    assertThat(sources("apply", file).out())
        .isEqualTo("Nothing to do: the database has these tables.\n");

    // As a person runs it by hand.
    Files.writeString(Path.of(file), text.replace("status: text", "status: text, total: numeric"));
    String addition = sources("plan", file).out();
    assertThat(addition).startsWith("ALTER TABLE orders ADD COLUMN total numeric;\nUPDATE orders ");
    database.execute(addition);
    assertThat(sources("plan", file).out()).startsWith("Nothing to do");

    String view =
        "views: { by_status: { from: orders, group_by: [status], columns: { n: count() } } }\n";
    Files.writeString(Path.of(file), text + view);
    plan = sources("plan", file).out();
    assertThat(plan).startsWith("CREATE OR REPLACE VIEW by_status AS\nSELECT tenant_id, status,");
    assertThat(database.query("SELECT to_regclass('by_status') IS NULL")).isEqualTo("t");
    assertThat(sources("apply", file).out()).isEqualTo(plan);
    assertThat(database.query("SELECT count(*) FROM by_status")).isEqualTo("0");
    assertThat(sources("apply", file).out()).startsWith("Nothing to do");

    Files.writeString(Path.of(file), text.replace("status: text", "status: bigint, note: text"));
    CommandRun refused = sources("apply", file);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains("the column orders.status must be bigint and is text")
        .contains("Change the table by hand, or give the source's another name");
    assertThat(
            database.query(
                "SELECT count(*) FROM information_schema.columns"
                    + " WHERE table_name = 'orders' AND column_name = 'note'"))
        .as("all or nothing")
        .isEqualTo("0");
  }

  @Test
  void whichDatabaseIsSaidWhole() {
    assertThat(CommandRun.of("sources", "plan", "stripe", "--jdbc-user", "me").err())
        .contains("go with --jdbc-url");
    assertThat(
            CommandRun.of("sources", "plan", "stripe", "--jdbc-url", "jdbc:postgresql://h/d").err())
        .contains("with --jdbc-user");
    assertThat(sources("plan", "stripe", "--jdbc-password-secret", "secret").err())
        .contains("--jdbc-password-secret must be projects/PROJECT/secrets/NAME/versions/VERSION");
    assertThat(sources("plan").err()).contains("There are no sources: name files");
  }

  private CommandRun migrate(String... more) {
    return run(List.of("migrate"), more);
  }

  private CommandRun sources(String command, String... more) {
    return run(List.of("sources", command), more);
  }

  private CommandRun run(List<String> command, String... more) {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--jdbc-url", database.jdbcUrl(), "--jdbc-user", TestDatabase.USERNAME));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray(String[]::new));
  }

  private long tables() throws SQLException {
    return Long.parseLong(
        database.query(
            "SELECT count(*) FROM pg_tables"
                + " WHERE (schemaname, tablename)"
                + " IN (('tidegate', 'events'), ('public', 'containers'))"));
  }
}
