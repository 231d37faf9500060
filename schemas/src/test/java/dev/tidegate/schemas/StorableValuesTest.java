package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What PostgreSQL's {@code text} and {@code jsonb} take, and names that may become keys. */
class StorableValuesTest {
  private static boolean jsonbAccepts(String body) throws JsonProcessingException {
    return ColumnType.isJsonb(Json.parse(body.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "\uD83D\uDE00", "\u0001", "\uFFFD", "\uFEFF"})
  void storableTextIsLeftAsItIs(String text) {
    assertThat(StorableText.isStorable(text)).isTrue();
    assertThat(StorableText.of(text)).isSameAs(text);
  }

  @Test
  void eachUnstorableCharacterBecomesAReplacementCharacter() {
    assertThat(StorableText.of("a\0b\0")).isEqualTo("a\uFFFDb\uFFFD");
    assertThat(StorableText.of("\uD83D")).isEqualTo("\uFFFD");
    assertThat(StorableText.of("\uDE00\uD83D")).isEqualTo("\uFFFD\uFFFD");
    assertThat(StorableText.of("\uD83D\uD83D\uDE00\0")).isEqualTo("\uFFFD\uD83D\uDE00\uFFFD");
  }

  @Test
  void halvesOfPairsAreReplacedAndNothingElse() {
    assertThat(StorableText.withoutHalves("a\0b\0")).isEqualTo("a\0b\0");
    assertThat(StorableText.withoutHalves("\uDE00\0\uD83D\uDE00\uD83D"))
        .isEqualTo("\uFFFD\0\uD83D\uDE00\uFFFD");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{}",
        "[]",
        "1e1000",
        "1e-1000",
        "-0",
        "18446744073709551616",
        "{\"a\":[{\"\\ud83d\\ude00\":\"\\u0001\"}]}",
        "{\"a\":1,\"a\":2}"
      })
  void jsonbTakesOrdinaryJson(String body) throws Exception {
    assertThat(jsonbAccepts(body)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\\u0000\"",
        "{\"\\u0000\":1}",
        "[[\"a\\u0000\"]]",
        "\"\\ud83d\"",
        "{\"\\ude00\":1}",
        "1e999999",
        "[1e-999999]",
        "{\"a\":{\"b\":1e1001}}"
      })
  void jsonbRefusesNulHalfPairsAndEndlessNumbers(String body) throws Exception {
    assertThat(jsonbAccepts(body)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "a, true",
    "container.updated, true",
    "\uD83D\uDE00, true",
    "' ', false",
    "'', false",
    "'a\nb', false",
    "'a\u007f', false",
    "'a\u0085', false"
  })
  void namesHaveCharactersButNoControlCharacters(String text, boolean expected) {
    assertThat(Event.isName(text)).isEqualTo(expected);
  }

  @Test
  void namesAreShortEnoughForAKey() {
    assertThat(Event.isName("x".repeat(200))).isTrue();
    assertThat(Event.isName("x".repeat(201))).isFalse();
    assertThat(Event.isName("\uD83D")).isFalse();
    assertThat(Event.isName("a\0")).isFalse();
  }
}
