package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;

class ResultPrinterTest {
  private static final String TYPES =
      """
      SELECT 1.50::DECIMAL(9,2) AS price, 170141183460469231731687303715884105727 AS huge,
        'NaN'::DOUBLE AS nan, 0.1::FLOAT AS single, true AS truth, NULL::INTEGER AS nothing,
        '' AS empty, '{"a": [1.0, null]}'::JSON AS document, '\\x00\\xFF'::BLOB AS bytes,
        TIMESTAMPTZ '2026-01-01 10:00:00.5+02' AS instant, TIMESTAMP '2026-01-01 10:00:00' AS local,
        DATE '2026-01-02' AS day, [1, 2] AS list, {'x': DATE '2026-01-01', 'y': NULL} AS struct,
        'é "quoted", two
      lines' AS text, 5 AS text\
      """;

  private static Connection duckdb;

  @BeforeAll
  static void connect() throws Exception {
    duckdb = DriverManager.getConnection("jdbc:duckdb:");
    try (Statement statement = duckdb.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
    }
  }

  @AfterAll
  static void disconnect() throws Exception {
    duckdb.close();
  }

  @Test
  void jsonKeepsNumbersDocumentsAndTimes() throws Exception {
    String json = printed(TYPES, out -> new ResultPrinter.JsonObjects(out, true));
    assertThat(json)
        .isEqualTo(
            """
            [
            {"price":1.50,"huge":170141183460469231731687303715884105727,"nan":"NaN","single":0.1,\
            "truth":true,"nothing":null,"empty":"","document":{"a": [1.0, null]},"bytes":"AP8=",\
            "instant":"2026-01-01T08:00:00.500Z","local":"2026-01-01T10:00","day":"2026-01-02",\
            "list":[1,2],"struct":{"x":"2026-01-01","y":null},\
            "text":"é \\"quoted\\", two\\nlines","text_2":5}
            ]
            """);
  }

  @Test
  void jsonOfSeveralRowsAndOfNoneIsOneArray() throws Exception {
    String many =
        printed(
            "SELECT range AS i FROM range(1201)", out -> new ResultPrinter.JsonObjects(out, true));
    assertThat(Json.mapper().readTree(many)).hasSize(1201);
    assertThat(many).startsWith("[\n{\"i\":0},\n{\"i\":1},\n");
    String none = printed("SELECT 1 WHERE false", out -> new ResultPrinter.JsonObjects(out, true));
    assertThat(Json.mapper().readTree(none)).isEmpty();
  }

  @Test
  void ndjsonIsAnObjectALineAlsoWhereADocumentHasLines() throws Exception {
    assertThat(
            printed(
                "SELECT range AS i, '{\n\"a\": 1}'::JSON AS document FROM range(2)",
                out -> new ResultPrinter.JsonObjects(out, false)))
        .isEqualTo(
            """
            {"i":0,"document":{ "a": 1}}
            {"i":1,"document":{ "a": 1}}
            """);
  }

  @Test
  void aBareTableOrCsvHasNoHeading() throws Exception {
    String sql = "SELECT 'long enough' AS a, 1 AS count";
    assertThat(
            printed(
                sql,
                out ->
                    new ResultPrinter.Table(
                        out, OptionalInt.empty(), Help.defaultColorScheme(Ansi.OFF), true, false)))
        .isEqualTo("long enough  1\n");
    assertThat(printed(sql, out -> new ResultPrinter.Csv(out, false, true)))
        .isEqualTo("long enough,1\n");
  }

  @Test
  void csvFollowsRfc4180AndTellsNullFromEmpty() throws Exception {
    assertThat(printed(TYPES, out -> new ResultPrinter.Csv(out, false, false)))
        .isEqualTo(
            "price,huge,nan,single,truth,nothing,empty,document,bytes,instant,local,day,list,"
                + "struct,text,text_2\n"
                + "1.50,170141183460469231731687303715884105727,NaN,0.1,true,,\"\","
                + "\"{\"\"a\"\": [1.0, null]}\",\\x00ff,2026-01-01T08:00:00.500Z,"
                + "2026-01-01T10:00,2026-01-02,\"[1,2]\","
                + "\"{\"\"x\"\":\"\"2026-01-01\"\",\"\"y\"\":null}\","
                + "\"é \"\"quoted\"\", two\nlines\",5\n");
  }

  @Test
  void tablesAreAlignedWithNumbersToTheRight() throws Exception {
    String sql =
        "SELECT * FROM (VALUES ('a', 7, NULL), ('港口', 1200, 'x')) AS rows(name, count, note)";
    assertThat(printed(sql, out -> table(out, OptionalInt.empty())))
        .isEqualTo(
            """
            name  count  note
            ────  ─────  ────
            a         7
            港口   1200  x
            (2 rows)
            """);
  }

  @Test
  void tablesCutLongCellsOnATerminalOnly() throws Exception {
    String sql = "SELECT 1 AS id, repeat('x', 100) AS long, 'tail' AS end";
    assertThat(printed(sql, out -> table(out, OptionalInt.of(30))))
        .isEqualTo(
            """
            id  long                  end
            ──  ────────────────────  ────
             1  xxxxxxxxxxxxxxxxxxx…  tail
            (1 row; cells are cut to fit: --vertical shows them whole)
            """);
    assertThat(printed(sql, out -> table(out, OptionalInt.empty()))).contains("x".repeat(100));
  }

  @Test
  void aLineForEachColumnShowsCellsWhole() throws Exception {
    String sql =
        "SELECT range AS id, repeat('x', 40) AS \"long name\", chr(27) AS c FROM range(1, 3)";
    assertThat(printed(sql, out -> table(out, OptionalInt.of(30), true)))
        .isEqualTo(
            """
            ─ row 1 ───
            id         1
            long name  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            c          \\u001b
            ─ row 2 ───
            id         2
            long name  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            c          \\u001b
            (2 rows)
            """);
  }

  @Test
  void aTerminalTooNarrowForARowGetsALineForEachColumn() throws Exception {
    String sql = "SELECT 'abcdefgh' AS a1, 'abcdefgh' AS a2, 'abcdefgh' AS a3, 1 AS a4";
    assertThat(printed(sql, out -> table(out, OptionalInt.of(20))))
        .isEqualTo(
            """
            ─ row 1 ─
            a1  abcdefgh
            a2  abcdefgh
            a3  abcdefgh
            a4  1
            (1 row)
            """);
    assertThat(printed(sql.replace("h'", "hijkl'"), out -> table(out, OptionalInt.of(40))))
        .contains("abcdefghi…  abcdefghij…  abcdefghij…");
  }

  @Test
  void ofAListTheIdIsNeverCut() throws Exception {
    String sql =
        "SELECT 'abcdefghijklmnopqrst' AS id, repeat('x', 20) AS one, repeat('y', 20) AS two";
    assertThat(
            printed(
                sql,
                out ->
                    new ResultPrinter.Table(
                            out,
                            OptionalInt.of(50),
                            Help.defaultColorScheme(Ansi.OFF),
                            false,
                            false)
                        .withFirstWhole()))
        .contains("abcdefghijklmnopqrst  xxxxxxxxxxxx…  yyyyyyyyyyyy…\n");
  }

  @Test
  void peopleSeeSixDigitsAndProgramsAll() throws Exception {
    String sql =
        """
        SELECT 1/3::DOUBLE AS third, 2::DOUBLE / 3 * 1000000 AS large, 29.7604::DOUBLE AS place,
          1.50::DECIMAL(9,2) AS price, 123456.789::DECIMAL(9,3) AS weight, 0.1::DOUBLE + 0.2 AS sum,
          0.000123456789::DOUBLE AS small, 1e-12::DOUBLE AS tiny, 'NaN'::DOUBLE AS nan,
          12345678901::BIGINT AS whole, '0.123456789' AS text
        """;
    assertThat(printed(sql, out -> table(out, OptionalInt.empty())).lines().skip(2).findFirst())
        .get()
        .asString()
        .isEqualToNormalizingWhitespace(
            "0.333333 666666.67 29.7604 1.50 123456.79 0.3 0.000123457 1.0E-12 NaN 12345678901"
                + " 0.123456789");
    assertThat(printed(sql, out -> new ResultPrinter.Csv(out, true, true)))
        .startsWith("0.3333333333333333,666666.666666666");
    assertThat(printed(sql, out -> new ResultPrinter.JsonObjects(out, false)))
        .contains("\"sum\":0.30000000000000004");
  }

  @Test
  void tablesEscapeWhatActsOnATerminal() throws Exception {
    assertThat(
            printed(
                "SELECT chr(27) || '[2J' AS evil, 1 AS \"na\u001bme\"",
                out -> table(out, OptionalInt.empty())))
        .contains("\\u001b[2J")
        .contains("na\\u001bme")
        .doesNotContain("\u001b");
  }

  @Test
  void jsonEscapesWhatCannotBeSeenAndMeansTheSame() throws Exception {
    String json =
        printed(
            """
            SELECT chr(27) || '[2J' || chr(155) || chr(8238) AS evil,
              ('{"a' || chr(8203) || '": "' || chr(127) || '"}')::JSON AS document
            """,
            out -> new ResultPrinter.JsonObjects(out, true));
    assertThat(json)
        .isEqualTo(
            """
            [
            {"evil":"\\u001B[2J\\u009b\\u202e","document":{"a\\u200b": "\\u007f"}}
            ]
            """);
    assertThat(Json.mapper().readTree(json).path(0).path("evil").asText())
        .isEqualTo("\u001b[2J\u009b\u202e");
  }

  @Test
  void csvIsEscapedOnATerminalOnly() throws Exception {
    String sql = "SELECT chr(27) || '[2J' || chr(155) || chr(10) || '\"' AS evil";
    assertThat(printed(sql, out -> new ResultPrinter.Csv(out, true, false)))
        .isEqualTo("evil\n\"\\u001b[2J\\u009b\\n\"\"\"\n");
    assertThat(printed(sql, out -> new ResultPrinter.Csv(out, false, false)))
        .isEqualTo("evil\n\"\u001b[2J\u009b\n\"\"\"\n");
  }

  @Test
  void tablesGoOnAfterTheRowsTheyMeasured() throws Exception {
    String table =
        printed("SELECT range AS i FROM range(2000)", out -> table(out, OptionalInt.empty()));
    assertThat(table).contains("\n  0\n").contains("\n1999\n").endsWith("(2000 rows)\n");
  }

  private static ResultPrinter table(PrintWriter out, OptionalInt columns) {
    return table(out, columns, false);
  }

  private static ResultPrinter table(PrintWriter out, OptionalInt columns, boolean vertical) {
    return new ResultPrinter.Table(
        out, columns, Help.defaultColorScheme(Ansi.OFF), false, vertical);
  }

  private static String printed(String sql, Function<PrintWriter, ResultPrinter> printer)
      throws Exception {
    StringWriter text = new StringWriter();
    try (Statement statement = duckdb.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      printer.apply(new PrintWriter(text)).print(rows);
    }
    return text.toString();
  }
}
