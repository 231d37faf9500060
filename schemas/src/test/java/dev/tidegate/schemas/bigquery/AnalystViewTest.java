package dev.tidegate.schemas.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zetasql.SqlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The views in GoogleSQL; what they answer is tested with DuckDB. */
class AnalystViewTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

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
  void everyColumnIsDocumented() throws Exception {
    GoogleSql googleSql = new GoogleSql();
    List<String> lines = Files.readAllLines(ROOT.resolve("docs/analysts.md"));
    for (AnalystView view : AnalystView.values()) {
      List<String> columns = create(googleSql, view, definitionOf(view));
      int heading = lines.indexOf("### `" + view.viewName() + "`");
      assertThat(heading).as(view.viewName()).isNotNegative();
      String section =
          String.join(
              "\n",
              lines.subList(heading + 1, lines.size()).stream()
                  .takeWhile(line -> !line.startsWith("##"))
                  .toList());
      assertThat(documentedIn(section)).as(view.viewName()).containsAll(columns);
    }
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

  /** Every name in code style. */
  private static List<String> documentedIn(String section) throws IOException {
    return Stream.of(section.split("`", -1)).flatMap(part -> Stream.of(part.split(", "))).toList();
  }
}
