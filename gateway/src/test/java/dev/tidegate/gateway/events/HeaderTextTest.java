package dev.tidegate.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTextTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "plain, plain",
        "a+b, a+b",
        "Euro%20%E2%82%AC, Euro €",
        "%e2%82%ac, €",
        "%F0%9F%98%80, 😀",
        "%25E2, %E2",
        "'\"a b\"', a b",
        "'\"a \\\"b\\\" \\\\ %41\"', 'a \"b\" \\ A'",
        "a\"b, a\"b"
      })
  void isDecoded(String header, String text) {
    assertThat(HeaderText.decode(header)).contains(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"%", "%4", "%G0", "%-1", "%ff", "%C0%80", "%ED%A0%80", "é", "\"a", "\"a\"b"})
  void isRefused(String header) {
    assertThat(HeaderText.decode(header)).isEmpty();
  }

  @Test
  void emptyIsEmpty() {
    assertThat(HeaderText.decode("")).contains("");
    assertThat(HeaderText.decode("\"\"")).contains("");
  }
}
