package dev.tidegate.transforms.handlers.terminal49;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for each view of Terminal49's tables. */
class EveryViewIT extends ViewFixture {
  /** The views that belong to tenants. */
  private static final List<String> VIEWS =
      List.of(
          "active_shipments_summary",
          "container_deadlines",
          "container_timeline",
          "containers_current",
          "containers_updated",
          "containers_with_latest_event",
          "unlinked_containers",
          "webhook_deliveries",
          "webhook_processing_stats");

  /** Of effects: the gateway reads these, and they are tested there. */
  private static final List<String> OTHERS =
      List.of("effects_by_kind", "sagas_waiting", "tasks_open");

  /** Those that containers_current reads. */
  private static final List<String> BEHIND =
      List.of("container_status_rule", "container_statuses_now");

  @Test
  void isTestedHere() throws SQLException {
    List<String> expected = new ArrayList<>(VIEWS);
    expected.addAll(OTHERS);
    expected.addAll(BEHIND);
    expected.addAll(List.of("container_milestones", "relay_lag"));

    assertThat(column("SELECT viewname FROM pg_views WHERE schemaname IN ('public', 'tidegate')"))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void beginsWithTheTenantUnlessItTellsOfNone() throws SQLException {
    List<String> expected = new ArrayList<>(VIEWS);
    expected.addAll(OTHERS);
    expected.addAll(BEHIND);
    assertThat(
            column(
                """
                SELECT table_name FROM information_schema.columns
                JOIN information_schema.views USING (table_schema, table_name)
                WHERE table_schema IN ('public', 'tidegate') AND ordinal_position = 1
                  AND column_name = 'tenant_id'
                """))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void isAskedByTheExamplesOfTheDocumentationWhichRun() throws Exception {
    String page = Files.readString(Path.of("../docs/tables.md"));
    List<String> examples =
        Pattern.compile("```sql\\R(.+?)```", Pattern.DOTALL)
            .matcher(page)
            .results()
            .map(example -> example.group(1))
            .toList();

    for (String example : examples) {
      execute(example);
    }
    for (String view : VIEWS) {
      assertThat(examples).as(view).anyMatch(example -> example.contains("FROM " + view));
    }
  }

  @Test
  void isUntouchedByAnotherTenantsRowsOfTheSameIds() throws Exception {
    TenantRows bare = rows;
    bare.insert("containers", "t49_container_id, t49_shipment_id", "x", "x")
        .insert("shipments", "t49_shipment_id, t49_pod_terminal_id", "y", "x")
        .insert("containers", "t49_container_id, t49_pod_terminal_id", "z", "x");
    milestone(
        "z",
        "vessel_loaded",
        MONDAY,
        "t49_container_id, t49_vessel_id, t49_location_id, t49_terminal_id, " + "t49_shipment_id",
        "z",
        "x",
        "x",
        "x",
        "x");
    TenantRows full = TenantRows.ofNewTenant(connection);
    fill(full, "x", json("[]"), "2026-03-02T08:00:00Z", 40);
    Map<String, List<String>> before = new LinkedHashMap<>();
    for (TenantRows tenant : List.of(bare, full)) {
      for (String view : VIEWS) {
        before.put(tenant.tenant() + view, tenant.readAll(view));
      }
    }

    fill(TenantRows.ofNewTenant(connection), "x", json("[]"), "2026-03-09T08:00:00Z", 20);

    for (TenantRows tenant : List.of(bare, full)) {
      for (String view : VIEWS) {
        assertThat(tenant.readAll(view)).as(view).isEqualTo(before.get(tenant.tenant() + view));
      }
    }
    // The comparison is worth something: there is something to compare.
    for (String view : VIEWS) {
      assertThat(full.readAll(view)).as(view).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "Mars/Olympus_Mons",
        "'; DROP TABLE containers; --",
        "99999999999999999999999999",
        "NaN",
        "infinity",
        "{\"broken\": ",
        "%s %1$n \\ \\x00 \t\n",
        "\u0001\u202e\uffff",
        "\ud83d\udea2"
      })
  void readsWhateverTextThereIs(String text) throws Exception {
    fill(rows, text, TextNode.valueOf(text), MONDAY, 40);

    assertThatEveryViewCanBeRead();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "1",
        "true",
        "\"hold\"",
        "[]",
        "{}",
        "[[], 1, null, \"status\", {\"status\": [\"hold\"]}]",
        "{\"status\": \"hold\"}",
        "{\"data\": [1]}",
        "{\"data\": {\"attributes\": {\"delivery_status\": {\"a\": [1e400]}}}}"
      })
  void readsWhateverJsonThereIs(String json) throws Exception {
    fill(rows, "x", json(json), MONDAY, 40);

    assertThatEveryViewCanBeRead();
  }

  @ParameterizedTest
  @CsvSource({
    "infinity, 9223372036854775807",
    "-infinity, -9223372036854775808",
    "294276-12-31T23:59:59Z, 0",
    "4713-01-01T00:00:00Z BC, -1"
  })
  void readsWhateverTimeAndNumberThereIs(String time, long number) throws Exception {
    fill(rows, "x", json("[]"), time, number);

    for (String view : VIEWS) {
      rows.readAll(view);
    }
    assertThat(rows.readAll("containers_current")).hasSize(2);
  }

  private void assertThatEveryViewCanBeRead() throws SQLException {
    for (String view : VIEWS) {
      assertThat(rows.readAll(view)).as(view).isNotEmpty();
    }
  }

  /**
   * A row in each table with a value in each column, IDs being texts as well, so that everything
   * joins; and a container that joins nothing.
   */
  private static void fill(TenantRows rows, String text, JsonNode json, String time, long number)
      throws SQLException {
    for (String table :
        List.of(
            "shipments",
            "containers",
            "container_events",
            "vessels",
            "locations",
            "events",
            "event_payloads")) {
      Map<String, Object> values = new LinkedHashMap<>();
      try (Statement statement = connection.createStatement();
          ResultSet described =
              statement.executeQuery(
                  "SELECT column_name, data_type FROM information_schema.columns"
                      + " WHERE table_schema IN ('public', 'tidegate') AND table_name = '%s'"
                          .formatted(table)
                      + " AND data_type <> 'xid8'")) {
        while (described.next()) {
          Object value =
              switch (described.getString(2)) {
                case "text" -> text;
                case "json", "jsonb" -> json;
                case "timestamp with time zone" -> time;
                case "boolean" -> true;
                case "date" -> "2026-03-02";
                case "bigint", "integer", "numeric", "double precision" -> number;
                case "uuid" -> UUID.randomUUID().toString();
                case "ARRAY" -> List.of(number);
                case "bytea" -> "\\x" + HexFormat.of().formatHex(text.getBytes(UTF_8));
                default -> throw new IllegalStateException(described.getString(2));
              };
          values.put(described.getString(1), value);
        }
      }
      switch (table) {
        case "shipments" -> values.remove("line_tracking_stopped_at");
        case "container_events" -> {
          values.remove("invalidated_at");
          values.put("event_type", TRANSPORT + "vessel_discharged");
        }
        case "events" -> {
          values.put("source", "terminal49");
          values.put("status", "PROCESSED");
          values.put("attempts", 1);
          values.put("conflicts", 0);
          values.put("attributes", Map.of());
          if (!time.contains("infinity") && !time.startsWith("4") && !time.startsWith("294")) {
            values.put("processed_at", Instant.now().minusSeconds(60).toString());
          }
        }
        case "event_payloads" -> values.put("source", "terminal49");
        case "locations" -> values.put("location_type", "port");
        default -> {}
      }
      rows.insert(table, values);
      if (table.equals("locations")) {
        values.put("location_type", "terminal");
        rows.insert(table, values);
      }
    }
    rows.insert("containers", "t49_container_id, number", "unlinked-" + text, text);
  }
}
