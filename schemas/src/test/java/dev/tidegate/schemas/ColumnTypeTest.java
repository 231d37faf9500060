package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnTypeTest {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** The rule is told, the value never is. */
  private static void assertRefused(ColumnType type, Object value) {
    assertThatThrownBy(() -> type.toText(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("must ")
        .satisfies(
            failure ->
                assertThat(failure.getMessage())
                    .doesNotContain(value instanceof JsonNode node ? node.toString() : "" + value));
  }

  private static JsonNode json(String text) {
    try {
      return Json.parse(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (com.fasterxml.jackson.core.JsonProcessingException notJson) {
      throw new IllegalArgumentException(notJson);
    }
  }

  @Test
  void textTakesAnyScalar() {
    assertThat(ColumnType.TEXT.toText("ü \uD83D\uDE00 \n")).isEqualTo("ü \uD83D\uDE00 \n");
    assertThat(ColumnType.TEXT.toText("")).isEmpty();
    assertThat(ColumnType.TEXT.toText(json("\"a\""))).isEqualTo("a");
    assertThat(ColumnType.TEXT.toText(json("1.50"))).isEqualTo("1.50");
    assertThat(ColumnType.TEXT.toText(json("true"))).isEqualTo("true");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret\u0000",
        "secret\uD83D",
        "\uDE00secret",
        "\uDE00\uD83D",
        "\uD83D\uD83D\uDE00"
      })
  void textRefusesNulAndHalvesOfPairs(String text) {
    assertRefused(ColumnType.TEXT, text);
    assertRefused(ColumnType.TEXT, NODES.textNode(text));
    assertRefused(ColumnType.JSONB, NODES.textNode(text));
    assertRefused(ColumnType.JSONB, NODES.objectNode().put(text, 1));
    assertRefused(ColumnType.JSONB, NODES.arrayNode().add(NODES.objectNode().put("a", text)));
  }

  @ParameterizedTest
  @EnumSource(
      value = ColumnType.class,
      names = {"JSONB"},
      mode = EnumSource.Mode.EXCLUDE)
  void scalarTypesRefuseArraysAndObjects(ColumnType type) {
    assertRefused(type, json("[\"secret\"]"));
    assertRefused(type, json("{\"secret\":1}"));
  }

  @ParameterizedTest
  @EnumSource(ColumnType.class)
  void everyTypeRefusesWhatIsMissing(ColumnType type) {
    assertThatThrownBy(() -> type.toText(MissingNode.getInstance()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-1, -1",
    "007, 7",
    "+5, 5",
    "1.0, 1",
    "1e3, 1000",
    "100e-2, 1",
    "9223372036854775807, 9223372036854775807",
    "-9223372036854775808, -9223372036854775808"
  })
  void bigintTakesWholeNumbers(String given, String expected) {
    assertThat(ColumnType.BIGINT.toText(given)).isEqualTo(expected);
    assertThat(ColumnType.BIGINT.toText(new BigDecimal(given))).isEqualTo(expected);
    assertThat(ColumnType.BIGINT.toText(NODES.textNode(given))).isEqualTo(expected);
    assertThat(ColumnType.BIGINT.toText(NODES.numberNode(new BigDecimal(given))))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775808",
        "-9223372036854775809",
        "1.5",
        "1e-1",
        "1e19",
        "1e999999",
        "1e2147483647",
        "1e-2147483647",
        "",
        " 17",
        "seventeen",
        "NaN",
        "Infinity",
        "0x17",
        "1,7",
        "1e99999999999"
      })
  void bigintRefusesAllElse(String given) {
    assertThatThrownBy(() -> ColumnType.BIGINT.toText(given))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("must ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.10", "-12.50", "1E+5", "123456789012345678901234567890.5"})
  void numericKeepsEveryDigit(String given) {
    assertThat(ColumnType.NUMERIC.toText(given)).isEqualTo(given);
    assertThat(ColumnType.NUMERIC.toText(json(given.replace("+", "")))).isEqualTo(given);
  }

  @Test
  void numericTakesJavaNumbers() {
    assertThat(ColumnType.NUMERIC.toText(17)).isEqualTo("17");
    assertThat(ColumnType.NUMERIC.toText(0.1)).isEqualTo("0.1");
    assertThat(ColumnType.NUMERIC.toText(BigInteger.TEN)).isEqualTo("10");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e999999", "1e-999999", "0e999999", "1e2147483647", "1e-2147483647", "1e99999999999",
        "NaN", "Infinity", "-Infinity", "", "four", "1 000"
      })
  void numericRefusesAllElse(String given) {
    assertThatThrownBy(() -> ColumnType.NUMERIC.toText(given))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("must ");
    assertRefused(ColumnType.NUMERIC, Double.NaN);
  }

  @Test
  void numericHasABoundOnItsDigits() {
    assertThat(ColumnType.NUMERIC.toText("9".repeat(1000))).hasSize(1000);
    assertRefused(ColumnType.NUMERIC, "9".repeat(1001));
    assertRefused(ColumnType.NUMERIC, "0." + "9".repeat(1001));
    assertThat(ColumnType.NUMERIC.toText("0." + "9".repeat(1000))).hasSize(1002);
  }

  @ParameterizedTest
  @EnumSource(
      value = ColumnType.class,
      names = {"BIGINT", "NUMERIC"})
  void textOfMillionsOfDigitsIsRefusedAtOnce(ColumnType type) {
    String digits = "9".repeat(5_000_000);
    Assertions.assertThatCode(
            () ->
                org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(2),
                    () ->
                        assertThatThrownBy(() -> type.toText(NODES.textNode(digits)))
                            .hasMessage("must have at most 1000 digits")))
        .doesNotThrowAnyException();
  }

  @Test
  void booleanTakesTrueAndFalseOnly() {
    assertThat(ColumnType.BOOLEAN.toText(true)).isEqualTo("true");
    assertThat(ColumnType.BOOLEAN.toText(json("false"))).isEqualTo("false");
    for (Object value : List.of("true", 1, json("\"true\""), json("1"), "yes")) {
      assertThatThrownBy(() -> ColumnType.BOOLEAN.toText(value))
          .hasMessage("must be true or false");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2026-03-01T10:15:30Z, 2026-03-01T10:15:30Z",
    "2026-03-01t10:15:30z, 2026-03-01T10:15:30Z",
    "2026-03-01T10:15:30.123456789+02:00, 2026-03-01T08:15:30.123456Z",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z, 9999-12-31T23:59:59.999999Z"
  })
  void timestampsAreKeptInMicrosecondsOfUtc(String given, String expected) {
    assertThat(ColumnType.TIMESTAMPTZ.toText(given)).isEqualTo(expected);
    assertThat(ColumnType.TIMESTAMPTZ.toText(NODES.textNode(given))).isEqualTo(expected);
    assertThat(ColumnType.TIMESTAMPTZ.toText(Instant.parse(given))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-03-01",
        "2026-03-01T10:15:30",
        "2026-02-30T00:00:00Z",
        "0000-12-31T23:59:59Z",
        "+10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "now",
        "infinity",
        "",
        "1767225600",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00"
      })
  void timestampsWithoutOffsetOrBeyondTheYearsAreRefused(String given) {
    assertThatThrownBy(() -> ColumnType.TIMESTAMPTZ.toText(given))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("must ");
    assertRefused(ColumnType.TIMESTAMPTZ, Instant.MAX);
    assertRefused(ColumnType.TIMESTAMPTZ, json("1767225600"));
  }

  @Test
  void datesAreDaysOfTheYearsOneTo9999() {
    assertThat(ColumnType.DATE.toText("2024-02-29")).isEqualTo("2024-02-29");
    assertThat(ColumnType.DATE.toText(LocalDate.of(1, 1, 1))).isEqualTo("0001-01-01");
    for (String bad :
        List.of(
            "2025-02-29",
            "2024-2-9",
            "29.02.2024",
            "2024-02-29T00:00:00Z",
            "0000-01-01",
            "+10000-01-01",
            "today")) {
      assertRefused(ColumnType.DATE, bad);
    }
    assertRefused(ColumnType.DATE, LocalDate.MAX);
  }

  @Test
  void jsonbTakesTreesAndNothingElse() {
    assertThat(ColumnType.JSONB.toText(json("{ \"a\" : [1.50, null] }")))
        .isEqualTo("{\"a\":[1.50,null]}");
    assertRefused(ColumnType.JSONB, "{\"secret\":1}");
    assertRefused(ColumnType.JSONB, List.of("secret"));
    assertRefused(ColumnType.JSONB, json("{\"secret\":1e999999}"));
  }

  @Test
  void lengthIsBoundedWhereTheColumnSaysSo() {
    Column column = Column.indexedText("id");
    assertThat(column.toText("x".repeat(200))).hasSize(200);
    assertThatThrownBy(() -> column.toText("x".repeat(201)))
        .hasMessage("must have at most 200 characters, not 201");
    assertThat(Column.text("note").toText("x".repeat(1 << 20))).hasSize(1 << 20);
  }
}
