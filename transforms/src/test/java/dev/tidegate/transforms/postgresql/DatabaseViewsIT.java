package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.AggregateFunction;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.View;
import dev.tidegate.schemas.View.Aggregate;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Views are made as they are declared, and made anew when that changes. */
class DatabaseViewsIT {
  private static final Column USER = Column.text("user_id");
  private static final Column AMOUNT = Column.numeric("amount");

  private static final Table CREDITS =
      Table.named("credits")
          .key(Column.indexedText("entry_id"))
          .group("entry", USER, AMOUNT, Column.timestamptz("at"))
          .build();

  private static final Aggregate BALANCE = Aggregate.of("balance", AggregateFunction.SUM, AMOUNT);
  private static final Aggregate ENTRIES = Aggregate.count("entries");

  private TestDatabase database;
  private Connection connection;

  @BeforeEach
  void makeTable() throws SQLException {
    database = TestDatabase.create();
    connection = database.connect();
    run(DatabaseSchema.additions(connection, List.of(CREDITS)));
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private static View balances(Aggregate... aggregates) {
    return new View("balances", CREDITS, List.of(USER), List.of(aggregates));
  }

  private void run(List<String> statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  /** Makes {@code view}, and returns the first words of the statements. */
  private List<String> made(View view) throws SQLException {
    List<String> statements = DatabaseViews.additions(connection, List.of(view));
    run(statements);
    assertThat(DatabaseViews.additions(connection, List.of(view))).isEmpty();
    assertThat(DatabaseViews.mismatches(connection, List.of(view))).isEmpty();
    return statements.stream()
        .map(each -> each.split("[ \\n]", 4))
        .map(each -> each[0] + ' ' + each[1])
        .toList();
  }

  @Test
  void aBalanceIsTheSumOfATenantsEntries() throws SQLException {
    assertThat(DatabaseViews.mismatches(connection, List.of(balances(BALANCE))))
        .containsExactly("the view balances is missing");
    Aggregate last = Aggregate.of("last_at", AggregateFunction.MAX, Column.timestamptz("at"));
    made(balances(BALANCE, ENTRIES, last));
    database.execute(
        "INSERT INTO credits (tenant_id, entry_id, user_id, amount, at) VALUES"
            + " ('acme', '1', 'ada', 10, '2026-01-01T00:00:00Z'), ('acme', '2', 'ada', -2.5, NULL),"
            + " ('other', '1', 'ada', 7, NULL)");
    assertThat(
            database.query(
                "SELECT string_agg(concat_ws(' ', tenant_id, user_id, balance, entries,"
                    + " last_at IS NULL), ', ' ORDER BY tenant_id) FROM balances"))
        .isEqualTo("acme ada 7.5 2 f, other ada 7 1 t");
  }

  @Test
  void aViewThatChangedIsReplacedAndMadeAnewOnlyWherePostgresqlAsksForIt() throws SQLException {
    assertThat(made(balances(BALANCE))).containsExactly("CREATE OR", "COMMENT ON");
    assertThat(made(balances(BALANCE, ENTRIES)))
        .as("a further column")
        .containsExactly("CREATE OR", "COMMENT ON");
    assertThat(made(balances(Aggregate.of("balance", AggregateFunction.MAX, AMOUNT), ENTRIES)))
        .as("another function of the same type")
        .containsExactly("CREATE OR", "COMMENT ON");
    assertThat(made(balances(ENTRIES, BALANCE)))
        .as("another order")
        .containsExactly("DROP VIEW", "CREATE OR", "COMMENT ON");
    assertThat(made(balances(BALANCE)))
        .as("a column less")
        .containsExactly("DROP VIEW", "CREATE OR", "COMMENT ON");
    assertThat(made(balances(Aggregate.of("balance", AggregateFunction.COUNT, AMOUNT))))
        .as("another type")
        .containsExactly("DROP VIEW", "CREATE OR", "COMMENT ON");
  }

  @Test
  void whoMayReadAViewMayReadTheOneThatIsMadeAnew() throws SQLException {
    made(balances(BALANCE, ENTRIES));
    database.execute(
        "CREATE ROLE \"view reader\"",
        "GRANT SELECT, UPDATE ON balances TO \"view reader\"",
        "GRANT SELECT ON balances TO PUBLIC");
    try {
      made(balances(ENTRIES));
      assertThat(
              database.query(
                  "SELECT has_table_privilege('view reader', 'balances', 'SELECT,UPDATE')"))
          .isEqualTo("t");
      assertThat(
              database.query(
                  "SELECT count(*) FROM information_schema.role_table_grants"
                      + " WHERE table_name = 'balances' AND grantee = 'PUBLIC'"))
          .isEqualTo("1");
    } finally {
      database.execute("DROP OWNED BY \"view reader\"", "DROP ROLE \"view reader\"");
    }
  }

  @Test
  void whatIsSomebodyElsesIsLeftAlone() throws SQLException {
    View view = balances(BALANCE);
    for (String other :
        List.of(
            "VIEW balances AS SELECT 1 AS n",
            "TABLE balances (n integer)",
            "MATERIALIZED VIEW balances AS SELECT 1 AS n")) {
      database.execute("CREATE " + other);
      assertThat(DatabaseViews.additions(connection, List.of(view))).as(other).isEmpty();
      assertThat(DatabaseViews.mismatches(connection, List.of(view)))
          .containsExactly("balances is no view that Tidegate made");
      database.execute("DROP " + other.split(" balances")[0] + " balances");
    }
  }

  @Test
  void aViewThatSomebodyChangedIsToldAndMended() throws SQLException {
    View view = balances(BALANCE);
    made(view);
    database.execute(
        "CREATE OR REPLACE VIEW balances AS SELECT tenant_id, user_id,"
            + " sum(amount) AS balance, 1 AS one FROM credits GROUP BY tenant_id, user_id");
    assertThat(DatabaseViews.mismatches(connection, List.of(view)))
        .containsExactly("the view balances must be " + view.query());
    assertThat(made(view)).containsExactly("DROP VIEW", "CREATE OR", "COMMENT ON");
  }
}
