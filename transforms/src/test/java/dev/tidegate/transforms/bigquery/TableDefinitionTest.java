package dev.tidegate.transforms.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.util.RawValue;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TableDefinitionTest {
  /** A column of each type, of its name. */
  private static final TableDefinition TABLE =
      new TableDefinition(
          ArchiveTable.rawEvents(EventSources.installed()),
          new TableSchema()
              .setFields(
                  Stream.of("string", "bytes", "integer", "float", "boolean", "json", "timestamp")
                      .map(
                          type ->
                              new TableFieldSchema()
                                  .setName(type)
                                  .setType(type.toUpperCase(Locale.ROOT))
                                  .setMode(type.equals("string") ? "REQUIRED" : "NULLABLE"))
                      .toList()));

  private static TableRow row() {
    return new TableRow().set("string", "");
  }

  @Test
  void aRowOfTheTableFits() {
    assertThat(TABLE.mistakeIn(row())).isEmpty();
    assertThat(
            TABLE.mistakeIn(
                row()
                    .set("bytes", "AA==")
                    .set("integer", 1L)
                    .set("float", 1.5)
                    .set("boolean", true)
                    .set("json", new RawValue("{}"))
                    .set("timestamp", "2026-01-31T12:00:00.123456Z")))
        .isEmpty();
  }

  static List<Arguments> mistakes() {
    return List.of(
        Arguments.of("string", 1L),
        Arguments.of("bytes", 1L),
        Arguments.of("integer", "1"),
        Arguments.of("float", Double.NaN),
        Arguments.of("float", Double.POSITIVE_INFINITY),
        Arguments.of("boolean", "true"),
        Arguments.of("json", "{}"),
        Arguments.of("timestamp", "yesterday"),
        Arguments.of("timestamp", "+10000-01-01T00:00:00Z"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aValueOfAnotherTypeDoesNot(String column, Object value) {
    assertThat(TABLE.mistakeIn(row().set(column, value)))
        .contains("column %s must be %s".formatted(column, column.toUpperCase(Locale.ROOT)));
  }

  @Test
  void norDoesARowWithTooLittleOrTooMuch() {
    assertThat(TABLE.mistakeIn(new TableRow())).contains("column string is missing");
    assertThat(TABLE.mistakeIn(row().set("other", 1L))).contains("the table has no column other");
  }
}
