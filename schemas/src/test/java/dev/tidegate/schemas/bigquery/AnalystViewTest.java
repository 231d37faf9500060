package dev.tidegate.schemas.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zetasql.SqlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The views in GoogleSQL; what they answer is tested with DuckDB. */
class AnalystViewTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path PAGE = ROOT.resolve("docs/analysts.md");
  private static final Path HEADERS =
      ROOT.resolve("schemas/src/main/resources/dev/tidegate/schemas/bigquery/view-headers");

  @Test
  void googlesAnalyzerTakesEveryViewInOrder() throws Exception {
    GoogleSql googleSql = new GoogleSql();
    for (AnalystView view : AnalystView.values()) {
      assertThat(create(googleSql, view, definitionOf(view))).isNotEmpty().doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"payload_sha256", "raw_events", "COUNT(", "copies.", "ON ", "GROUP BY"})
  void googlesAnalyzerRefusesABrokenView(String broken) throws Exception {
    GoogleSql googleSql = new GoogleSql();
    AnalystView outcomes = AnalystView.LATEST_EVENT_OUTCOMES;
    create(googleSql, outcomes, definitionOf(outcomes));
    String definition = definitionOf(AnalystView.EVENTS);
    assertThat(definition).contains(broken);
    assertThatThrownBy(
            () ->
                create(
                    googleSql, AnalystView.EVENTS, definition.replace(broken, "nosuch" + broken)))
        .isInstanceOf(SqlException.class);
  }

  @Test
  void aViewIsRefusedBeforeTheOneItReads() throws Exception {
    GoogleSql googleSql = new GoogleSql();
    AnalystView events = AnalystView.EVENTS;
    assertThatThrownBy(() -> create(googleSql, events, definitionOf(events)))
        .isInstanceOf(SqlException.class)
        .hasMessageContaining("latest_event_outcomes");
  }

  @Test
  void everyFileIsAViewOfItsName() throws Exception {
    Path folder = ROOT.resolve("schemas/src/main/resources/dev/tidegate/schemas/bigquery/views");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(
              Stream.of(AnalystView.values()).map(view -> view.viewName() + ".sql").toList());
    }
    for (AnalystView view : AnalystView.values()) {
      assertThat(view.localDefinition())
          .contains("CREATE OR REPLACE VIEW " + view.viewName() + " AS\n")
          .doesNotContain("${");
    }
  }

  /** What one engine reads as a time another does not, and a cast can fail. */
  @ParameterizedTest
  @EnumSource
  void noViewReadsATextAsATimeOrANumber(AnalystView view) {
    String statement = view.localDefinition().replaceAll("(?m)--.*$", "");
    assertThat(statement.replaceAll("CAST\\((received|processed)_at AS DATE\\)", ""))
        .doesNotContainPattern(
            "(?i)\\b(cast|safe_cast|timestamp|datetime|date|numeric|parse_\\w+)\\(");
  }

  @Test
  void everyColumnIsDocumentedAndTheDescriptionsInBigQueryAreThePages() throws Exception {
    GoogleSql googleSql = new GoogleSql();
    for (AnalystView view : AnalystView.values()) {
      // As the query has them: BigQuery would take any other names for them.
      String query =
          view.localDefinition().replaceFirst("(?s)^.*?VIEW (?=" + view.viewName() + ")", "");
      List<String> columns =
          create(
              googleSql,
              view,
              "CREATE VIEW `%s`.%s.%s".formatted(GoogleSql.PROJECT, GoogleSql.DATASET, query));
      Map<String, String> documented = documentedColumns(view);
      assertThat(documented.keySet())
          .as(view.viewName())
          .containsExactlyInAnyOrderElementsOf(columns);
      Path header = HEADERS.resolve(view.viewName() + ".sql");
      String described = headerOf(view, columns, documented);
      if (Boolean.getBoolean("tidegate.regenerate")) {
        Files.createDirectories(HEADERS);
        Files.writeString(header, described);
      }
      assertThat(header)
          .as("-Dtidegate.regenerate=true writes it anew from docs/analysts.md")
          .hasContent(described);
    }
  }

  @Test
  void googlesAnalyzerTakesThePagesQueries() throws Exception {
    GoogleSql googleSql = new GoogleSql();
    for (AnalystView view : AnalystView.values()) {
      create(googleSql, view, definitionOf(view));
    }
    List<String> queries =
        Pattern.compile("(?ms)^```sql\n(.*?)^```$")
            .matcher(Files.readString(PAGE))
            .results()
            .map(block -> block.group(1))
            .toList();
    assertThat(queries).hasSizeGreaterThanOrEqualTo(AnalystView.values().length);
    for (String query : queries) {
      assertThatCode(() -> googleSql.analyze(query)).as(query).doesNotThrowAnyException();
    }
    assertThatThrownBy(() -> googleSql.analyze("SELECT nosuch FROM events"))
        .isInstanceOf(SqlException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "x`y", "", "a.b", "x; DROP"})
  void aDatasetThatCannotBeANameIsRefused(String dataset) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnalystView.EVENTS.definitionIn(GoogleSql.PROJECT, dataset));
  }

  @Test
  void theScriptPrintsWhatItWouldDoInTheSameOrder() throws Exception {
    Process script =
        new ProcessBuilder(
                ROOT.resolve("scripts/create-views").toString(),
                "--dry-run",
                GoogleSql.PROJECT,
                GoogleSql.DATASET)
            .redirectErrorStream(true)
            .start();
    String output = new String(script.getInputStream().readAllBytes(), "UTF-8");
    assertThat(script.waitFor()).as(output).isZero();
    assertThat(output)
        .containsSubsequence(
            Arrays.stream(AnalystView.values())
                .map(AnalystViewTest::definitionOf)
                .toArray(String[]::new));
  }

  private static String definitionOf(AnalystView view) {
    return view.definitionIn(GoogleSql.PROJECT, GoogleSql.DATASET);
  }

  private static List<String> create(GoogleSql googleSql, AnalystView view, String definition) {
    return googleSql.createView(view.viewName(), definition);
  }

  /** What the page's table says of each column of the view. */
  private static Map<String, String> documentedColumns(AnalystView view) throws IOException {
    List<String> lines = Files.readAllLines(PAGE);
    int heading = lines.indexOf("### `" + view.viewName() + "`");
    assertThat(heading).as(view.viewName()).isNotNegative();
    Map<String, String> columns = new LinkedHashMap<>();
    lines.subList(heading + 1, lines.size()).stream()
        .takeWhile(line -> !line.startsWith("##"))
        .filter(line -> line.startsWith("| `"))
        .forEach(
            line -> {
              String[] cells = line.split(" \\| |^\\| | \\|$");
              for (String column : cells[1].split(", ")) {
                columns.put(column.replace("`", ""), cells[2].replace("`", ""));
              }
            });
    return columns;
  }

  /** What stands between the view's name and its query. */
  private static String headerOf(
      AnalystView view, List<String> columns, Map<String, String> documented) {
    String comment =
        view.localDefinition()
            .lines()
            .takeWhile(line -> line.startsWith("-- "))
            .map(line -> line.substring(3))
            .collect(Collectors.joining(" "));
    return columns.stream()
            .map(
                column ->
                    "  %s OPTIONS (description = %s)"
                        .formatted(column, sentence(documented.get(column))))
            .collect(Collectors.joining(",\n", "(\n", "\n)\n"))
        + "OPTIONS (description = %s)\nAS\n".formatted(sentence(comment));
  }

  private static String sentence(String text) {
    String first = text.substring(0, 1).toUpperCase(Locale.ROOT);
    String end = text.endsWith(".") ? "" : ".";
    return "'" + first + text.substring(1).replace("'", "\\'") + end + "'";
  }
}
