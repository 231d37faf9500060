package dev.tidegate.transforms.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.util.RawValue;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RowCheckTest {
  private static final RowCheck CHECK =
      new RowCheck(
          new TableSchema()
              .setFields(
                  Stream.of("STRING", "BYTES", "INTEGER", "FLOAT", "BOOLEAN", "JSON", "TIMESTAMP")
                      .map(
                          type ->
                              new TableFieldSchema()
                                  .setName(type)
                                  .setType(type)
                                  .setMode(type.equals("STRING") ? "REQUIRED" : "NULLABLE"))
                      .toList()));

  private static TableRow row() {
    return new TableRow().set("STRING", "");
  }

  @Test
  void aRowOfTheTableFits() {
    assertThat(CHECK.mistakeIn(row())).isEmpty();
    assertThat(
            CHECK.mistakeIn(
                row()
                    .set("BYTES", "AA==")
                    .set("INTEGER", 1L)
                    .set("FLOAT", 1.5)
                    .set("BOOLEAN", true)
                    .set("JSON", new RawValue("{}"))
                    .set("TIMESTAMP", "2026-01-31T12:00:00.123456Z")))
        .isEmpty();
  }

  static List<Arguments> mistakes() {
    return List.of(
        Arguments.of("STRING", 1L),
        Arguments.of("BYTES", 1L),
        Arguments.of("INTEGER", "1"),
        Arguments.of("FLOAT", Double.NaN),
        Arguments.of("FLOAT", Double.POSITIVE_INFINITY),
        Arguments.of("BOOLEAN", "true"),
        Arguments.of("JSON", "{}"),
        Arguments.of("TIMESTAMP", "yesterday"),
        Arguments.of("TIMESTAMP", "+10000-01-01T00:00:00Z"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aValueOfAnotherTypeDoesNot(String column, Object value) {
    assertThat(CHECK.mistakeIn(row().set(column, value)))
        .contains("column %s must be %s".formatted(column, column));
  }

  @Test
  void norDoesARowWithTooLittleOrTooMuch() {
    assertThat(CHECK.mistakeIn(new TableRow())).contains("column STRING is missing");
    assertThat(CHECK.mistakeIn(row().set("other", 1L))).contains("the table has no column other");
  }
}
