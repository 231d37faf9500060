package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.THINGS;
import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UpsertStatementIT {
  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  private static final Event OLD = event("n-1", TIME);
  private static final Event NEW = event("n-2", TIME.plusSeconds(1));

  private static Connection connection;

  private final UpsertStatement statement = new UpsertStatement(THINGS);

  @BeforeAll
  static void connect() throws SQLException {
    connection = DATABASE.connect();
  }

  @AfterAll
  static void disconnect() throws SQLException {
    connection.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    connection.createStatement().execute("DELETE FROM things");
  }

  private int write(Upsert... upserts) throws SQLException {
    return statement.execute(connection, List.of(upserts), standing -> {});
  }

  private static String column(String expression) throws SQLException {
    return DATABASE.query("SELECT " + expression + " FROM things WHERE id = 'a'");
  }

  @Test
  void valuesOfEveryTypeArriveAsTheyAre() throws SQLException {
    write(
        thing(NEW, "a")
            .set("name", "ü")
            .set("weight", "1234567890123456789012.50")
            .set("size", Long.MIN_VALUE)
            .set("fragile", true)
            .set("seen_at", "2026-03-01T10:15:30.123456+02:00")
            .set("due_on", "2024-02-29")
            .set("extra", JsonNodeFactory.instance.objectNode().put("a", "b"))
            .build());
    assertThat(column("name || '|' || weight || '|' || size || '|' || fragile"))
        .isEqualTo("ü|1234567890123456789012.50|-9223372036854775808|true");
    assertThat(column("seen_at = '2026-03-01T08:15:30.123456Z' AND due_on = '2024-02-29'"))
        .isEqualTo("t");
    assertThat(column("extra ->> 'a'")).isEqualTo("b");
    assertThat(column("facts_version")).isEqualTo(NEW.version().text());
    assertThat(column("num_nulls(place, place_version)")).isEqualTo("2");
  }

  @Test
  void nullsArriveAsNulls() throws SQLException {
    write(thing(NEW, "a").set("name", null).set("extra", null).build());
    assertThat(column("num_nulls(name, weight, size, fragile, seen_at, due_on, extra)"))
        .isEqualTo("7");
    assertThat(column("facts_version")).isNotNull();
  }

  @Test
  void whatANewerEventDoesNotMentionStays() throws SQLException {
    write(thing(OLD, "a").set("name", "old").set("size", 1).build());
    assertThat(write(thing(NEW, "a").set("name", "new").build())).isEqualTo(1);
    assertThat(column("name || size")).isEqualTo("new1");
    assertThat(column("column_versions ->> 'size'")).isEqualTo(OLD.version().text());
    assertThat(write(thing(OLD, "a").set("size", 2).set("fragile", true).build())).isEqualTo(1);
    assertThat(column("name || size || fragile")).isEqualTo("new1true");
  }

  @Test
  void anExplicitNullClears() throws SQLException {
    write(thing(OLD, "a").set("name", "old").set("size", 1).build());
    write(thing(NEW, "a").set("size", null).build());
    assertThat(column("name || coalesce(size::text, '-')")).isEqualTo("old-");
  }

  @Test
  void aRowWhoseColumnsAreOfOneVersionHasNoVersionsBesideItsGroups() throws SQLException {
    write(full(OLD).set("place", "x").build());
    assertThat(column("column_versions")).isNull();
    write(thing(NEW, "a").set("size", 2).build());
    assertThat(column("column_versions")).isNotNull();
    write(full(event("n-3", TIME.plusSeconds(2))).build());
    assertThat(column("column_versions")).isNull();
    assertThat(column("name || size || place")).isEqualTo("n-33x");
  }

  private static Upsert.Builder full(Event event) {
    return thing(event, "a")
        .set("name", event.notificationId())
        .set("weight", 1)
        .set("size", event.notificationId().substring(2))
        .set("fragile", false)
        .set("seen_at", event.asOf())
        .set("due_on", null)
        .set("extra", null);
  }

  /** Full and sparse, in every order, and in every division into statements. */
  @Test
  void theRowFollowsFromWhatWasSaidWhateverTheOrder() throws SQLException {
    List<Upsert> said =
        List.of(
            field(full(event("n-1", TIME)), "a", 1, "b", 1).build(),
            field(
                    thing(event("n-2", TIME.plusSeconds(1)), "a").set("name", "2").set("size", 2),
                    "b",
                    2,
                    "c/d",
                    2)
                .build(),
            thing(event("n-3", TIME.plusSeconds(2)), "a")
                .set("size", null)
                .set("place", "3")
                .build(),
            field(
                    thing(event("n-4", TIME.plusSeconds(3)), "a").set("fragile", true),
                    "a",
                    4,
                    "e",
                    null)
                .build(),
            thing(event("n-5", TIME.plusMillis(1)), "a")
                .set("weight", 5)
                .set("place", "5")
                .build());
    Set<String> rows = new HashSet<>();
    for (List<Upsert> order : permutations(said)) {
      for (int division = 0; division < 1 << (said.size() - 1); division += 3) {
        empty();
        int first = 0;
        for (int i = 0; i < order.size(); i++) {
          if (i == order.size() - 1 || (division >> i & 1) == 1) {
            write(order.subList(first, i + 1).toArray(Upsert[]::new));
            first = i + 1;
          }
        }
        try (ResultSet row =
            connection
                .createStatement()
                .executeQuery(
                    "SELECT to_jsonb(t) - '{updated_at,updated_xid}'::text[] FROM things t")) {
          row.next();
          rows.add(row.getString(1));
        }
      }
    }
    assertThat(rows)
        .singleElement()
        .asString()
        .contains("\"name\": \"2\"", "\"size\": null", "\"fragile\": true", "\"weight\": 5")
        .contains("\"place\": \"3\"", "{\"a\": 4, \"b\": 2, \"e\": null, \"c/d\": 2}");
  }

  private static Upsert.Builder field(
      Upsert.Builder row, String first, Integer one, String second, Integer two) {
    return row.setField("more", first, number(one)).setField("more", second, number(two));
  }

  private static JsonNode number(Integer number) {
    return number == null ? NullNode.getInstance() : IntNode.valueOf(number);
  }

  @Test
  void aFieldThatIsNotMentionedStays() throws SQLException {
    write(field(thing(OLD, "a"), "x", 1, "y", 1).build());
    assertThat(write(thing(NEW, "a").setField("more", "x", IntNode.valueOf(2)).build()))
        .isEqualTo(1);
    assertThat(column("more")).isEqualTo("{\"x\": 2, \"y\": 1}");
    assertThat(column("column_versions ->> 'more/y'")).isEqualTo(OLD.version().text());
    assertThat(write(field(thing(OLD, "a"), "x", 3, "y", 3).build())).isZero();
    write(field(thing(event("n-3", TIME.plusSeconds(2)), "a"), "x", 4, "y", 4).build());
    assertThat(column("more")).isEqualTo("{\"x\": 4, \"y\": 4}");
    assertThat(column("column_versions")).isNull();
  }

  private static <T> List<List<T>> permutations(List<T> items) {
    if (items.isEmpty()) {
      return List.of(List.of());
    }
    List<List<T>> all = new ArrayList<>();
    for (T first : items) {
      List<T> rest = new ArrayList<>(items);
      rest.remove(first);
      for (List<T> tail : permutations(rest)) {
        List<T> whole = new ArrayList<>(List.of(first));
        whole.addAll(tail);
        all.add(whole);
      }
    }
    return all;
  }

  /** Whoever follows changes is not told that the same was said again. */
  @Test
  void aRowHasChangedWhereAValueHas() throws SQLException {
    write(thing(OLD, "a").set("name", "a").set("weight", "1.0").set("place", "here").build());
    String updated = column("updated_at || ' ' || updated_xid");
    write(thing(NEW, "a").set("name", "a").set("weight", "1.0").set("place", "here").build());
    assertThat(column("updated_at || ' ' || updated_xid")).isEqualTo(updated);
    assertThat(column("encode(facts_version, 'hex')")).isEqualTo(NEW.version().text().substring(2));

    Event newer = event("n-3", TIME.plusSeconds(2));
    write(thing(newer, "a").set("place", "here").build());
    assertThat(column("updated_at || ' ' || updated_xid")).isEqualTo(updated);
    for (String place : new String[] {"there", null}) {
      newer = event("n-4", newer.asOf().plusSeconds(1));
      write(thing(newer, "a").set("place", place).build());
      assertThat(column("updated_at || ' ' || updated_xid")).isNotEqualTo(updated);
      updated = column("updated_at || ' ' || updated_xid");
    }
  }

  @Test
  void aRowHasChangedWhereAFieldHas() throws SQLException {
    JsonNodeFactory json = JsonNodeFactory.instance;
    write(thing(OLD, "a").setField("more", "x", json.numberNode(1)).build());
    String updated = column("updated_xid");
    write(thing(NEW, "a").setField("more", "x", json.numberNode(1)).build());
    assertThat(column("updated_xid")).isEqualTo(updated);
    Event newer = event("n-3", TIME.plusSeconds(2));
    write(thing(newer, "a").setField("more", "y", json.numberNode(1)).build());
    assertThat(column("updated_xid")).isNotEqualTo(updated);
  }

  @Test
  void olderAndEqualVersionsDoNotTouchTheRow() throws SQLException {
    write(thing(NEW, "a").set("name", "new").build());
    String before = column("xmin || ' ' || ctid::text || ' ' || updated_at");
    assertThat(write(thing(OLD, "a").set("name", "old").build())).isZero();
    assertThat(write(thing(NEW, "a").set("name", "same").build())).isZero();
    assertThat(column("xmin || ' ' || ctid::text || ' ' || updated_at")).isEqualTo(before);
    assertThat(column("name")).isEqualTo("new");
  }

  @Test
  void groupsMoveEachByItsOwnClock() throws SQLException {
    write(thing(NEW, "a").set("name", "new").build());
    write(thing(OLD, "a").set("name", "old").set("place", "there").build());
    assertThat(column("name || ' ' || place")).isEqualTo("new there");
    assertThat(column("facts_version")).isEqualTo(NEW.version().text());
    assertThat(column("place_version")).isEqualTo(OLD.version().text());
  }

  /** Of all years, of equal times, with and without a time of acceptance. */
  @Test
  void versionsCompareAsInJava() throws SQLException {
    Random random = new Random(5);
    List<Version> versions = new ArrayList<>();
    for (Instant time :
        List.of(TIME, Version.UNKNOWN_TIME, Microseconds.LATEST, Instant.EPOCH.minusNanos(1))) {
      for (int i = 0; i < 20; i++) {
        String content = Sha256.hexOf(new byte[] {(byte) random.nextInt(4)});
        String id = "n-" + random.nextInt(4);
        versions.add(
            new Version(
                time,
                id,
                content,
                i % 2 == 0
                    ? Optional.empty()
                    : Optional.of(TIME.plusNanos(1_000L * random.nextInt(3)))));
      }
    }
    String expected =
        versions.stream().sorted().map(Version::text).distinct().collect(Collectors.joining(" "));
    assertThat(
            DATABASE.query(
                "SELECT string_agg(v::text, ' ' ORDER BY v)"
                    + " FROM (SELECT DISTINCT unnest('{%s}'::bytea[]) AS v) AS all_versions"
                        .formatted(
                            versions.stream()
                                .map(version -> version.text().replace("\\", "\\\\"))
                                .collect(Collectors.joining(",")))))
        .isEqualTo(expected);
  }

  @Test
  void ofARowThatSeveralSpeakOfTheVersionsTellWhoseSayingStands() throws SQLException {
    Upsert older = thing(OLD, "a").set("name", "old").set("place", "old").build();
    Upsert between = thing(event("n-3", TIME), "a").set("name", "between").build();
    Upsert newer =
        thing(NEW, "a").set("name", "new").setField("more", "x", IntNode.valueOf(1)).build();
    Upsert elsewhere = thing(OLD, "b").set("name", "old").build();
    List<Upsert> standing = new ArrayList<>();
    statement.execute(connection, List.of(newer, elsewhere, between, older), standing::add);
    assertThat(standing).containsExactlyInAnyOrder(older, newer, elsewhere);
    standing.clear();
    statement.execute(connection, List.of(newer, elsewhere, older), standing::add);
    assertThat(standing).as("no row was touched").isEmpty();
    Upsert field = thing(NEW, "a").setField("more", "y", IntNode.valueOf(2)).build();
    statement.execute(connection, List.of(field, between), standing::add);
    assertThat(standing).containsExactly(field);
  }

  @Test
  void textsThatLookLikeArraySyntaxSurvive() throws SQLException {
    List<String> texts =
        List.of(
            "",
            " ",
            "NULL",
            "null",
            "{}",
            "{a,b}",
            "a,b",
            "\"",
            "\\",
            "\\\"",
            "'",
            "''",
            "a\nb\r\t",
            "%s ? $1",
            "\uD83D\uDE00",
            "\u0001",
            "\\u0000",
            "--",
            "\\N",
            "\uFEFF");
    Upsert[] upserts = new Upsert[texts.size()];
    for (int i = 0; i < upserts.length; i++) {
      upserts[i] = thing(NEW, "k" + texts.get(i)).set("name", texts.get(i)).build();
    }
    assertThat(write(upserts)).isEqualTo(texts.size());
    List<String> found = new ArrayList<>();
    try (Connection connection = DATABASE.connect();
        ResultSet rows =
            connection
                .createStatement()
                .executeQuery("SELECT name FROM things WHERE id = 'k' || name")) {
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(texts);
  }

  @Test
  void rowOfAnotherTenantIsAnotherRow() throws SQLException {
    Event other =
        Event.of(
            NEW.raw().toBuilder().tenantId("globex").build(),
            "n-2",
            "thing.changed",
            TIME,
            NEW.payload());
    write(thing(NEW, "a").set("name", "acme's").build());
    write(thing(other, "a").set("name", "globex's").build());
    assertThat(DATABASE.query("SELECT count(*) FROM things")).isEqualTo("2");
  }
}
