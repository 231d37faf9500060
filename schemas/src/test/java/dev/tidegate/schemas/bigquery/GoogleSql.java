package dev.tidegate.schemas.bigquery;

import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.zetasql.Analyzer;
import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.SimpleCatalog;
import com.google.zetasql.SimpleTable;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.ZetaSQLBuiltinFunctionOptions;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import com.google.zetasql.ZetaSQLType.TypeKind;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCreateViewStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedOutputColumn;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Google's analyzer of GoogleSQL, with the archive's tables in its catalog. */
final class GoogleSql {
  static final String PROJECT = "some-project";
  static final String DATASET = "archive";

  private static final List<String> TABLES =
      List.of("raw_events", "dead_letters", "event_outcomes");
  private static final Map<String, TypeKind> TYPES =
      Map.of(
          "STRING", TypeKind.TYPE_STRING,
          "JSON", TypeKind.TYPE_JSON,
          "BYTES", TypeKind.TYPE_BYTES,
          "TIMESTAMP", TypeKind.TYPE_TIMESTAMP,
          "INTEGER", TypeKind.TYPE_INT64,
          "FLOAT", TypeKind.TYPE_DOUBLE,
          "BOOLEAN", TypeKind.TYPE_BOOL);

  private final AnalyzerOptions options = new AnalyzerOptions();
  private final SimpleCatalog catalog = new SimpleCatalog("bigquery");
  private final SimpleCatalog dataset;

  GoogleSql() throws IOException {
    requireNativeLibrary();
    options.getLanguageOptions().enableMaximumLanguageFeatures();
    options.getLanguageOptions().setProductMode(ProductMode.PRODUCT_EXTERNAL);
    options.getLanguageOptions().setSupportsAllStatementKinds();
    catalog.addZetaSQLFunctionsAndTypes(
        new ZetaSQLBuiltinFunctionOptions(options.getLanguageOptions()));
    dataset = catalog.addNewSimpleCatalog(PROJECT).addNewSimpleCatalog(DATASET);
    for (String table : TABLES) {
      dataset.addSimpleTable(tableOf(table));
      catalog.addSimpleTable(tableOf(table));
    }
  }

  /** A column's description. The analyzer knows the syntax, which BigQuery has, and refuses it. */
  private static final Pattern COLUMN_OPTIONS =
      Pattern.compile("(?m)^(  \\w+) OPTIONS \\(description = '(?:[^'\\\\]|\\\\.)+'\\)(?=,?$)");

  /** The view's columns; it is there for the statements that follow. */
  List<String> createView(String name, String statement) {
    ResolvedCreateViewStmt view =
        (ResolvedCreateViewStmt)
            Analyzer.analyzeStatement(
                COLUMN_OPTIONS.matcher(statement).replaceAll("$1"), options, catalog);
    SimpleTable table = new SimpleTable(name);
    for (ResolvedOutputColumn column : view.getOutputColumnList()) {
      table.addSimpleColumn(column.getName(), column.getColumn().getType());
    }
    dataset.addSimpleTable(table);
    // The page's queries name no dataset.
    catalog.addSimpleTable(table);
    return view.getOutputColumnList().stream().map(ResolvedOutputColumn::getName).toList();
  }

  /** Fails where it is no statement over these tables and views. */
  void analyze(String statement) {
    Analyzer.analyzeStatement(statement, options, catalog);
  }

  private static SimpleTable tableOf(String name) throws IOException {
    SimpleTable table = new SimpleTable(name);
    try (InputStream schema = GoogleSql.class.getResourceAsStream(name + ".json")) {
      for (JsonNode field : Json.parse(schema.readAllBytes())) {
        Type type = TypeFactory.createSimpleType(TYPES.get(field.get("type").textValue()));
        table.addSimpleColumn(field.get("name").textValue(), type);
      }
    }
    return table;
  }

  /** The analyzer is native code, which comes for two systems on one kind of processor. */
  private static void requireNativeLibrary() {
    String system = System.getProperty("os.name");
    String processor = System.getProperty("os.arch");
    boolean comes =
        (system.equals("Linux") || system.equals("Mac OS X"))
            && (processor.equals("amd64") || processor.equals("x86_64"));
    if (!comes) {
      abort("Google's analyzer has no library for " + system + " on " + processor);
    }
  }
}
