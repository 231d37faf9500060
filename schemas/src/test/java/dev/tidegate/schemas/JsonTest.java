package dev.tidegate.schemas;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  private static JsonNode parse(String body) throws JsonProcessingException {
    return Json.parse(body.getBytes(UTF_8));
  }

  private static void assertRefused(byte[] body) {
    assertThatThrownBy(() -> Json.parse(body)).isInstanceOf(JsonProcessingException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\n",
        "{",
        "[1,",
        "{\"a\":}",
        "{'a':1}",
        "{\"a\":1}}",
        "{} {}",
        "1 2",
        "[1,]",
        "nul",
        "NaN",
        "01",
        "\"a\nb\"",
        "// note\n{}",
        "{\"a\" 1}",
        "1e99999999999"
      })
  void whatIsNotOneJsonValueIsRefused(String body) {
    assertRefused(body.getBytes(UTF_8));
  }

  @Test
  void whatIsNotUtf8IsRefused() {
    assertRefused("{\"a\":\"ü\"}".getBytes(ISO_8859_1));
    assertRefused("{\"a\":\"\u00C0\u0080\"}".getBytes(ISO_8859_1));
    assertRefused("{\"a\":\"\u00ED\u00A0\u0080\"}".getBytes(ISO_8859_1));
    assertRefused("{\"a\":\"b\"}".getBytes(UTF_16BE));
    assertRefused("{\"a\":\"b\"}".getBytes(UTF_16LE));
  }

  @Test
  void byteOrderMarkIsSkipped() throws Exception {
    assertThat(parse("\uFEFF{\"a\":1}").path("a").asInt()).isEqualTo(1);
  }

  @Test
  void depthOfOneHundredIsRead() throws Exception {
    assertThat(parse("[".repeat(100) + "]".repeat(100)).isArray()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {101, 1_000, 100_000})
  void deeperNestingIsRefused(int depth) {
    assertRefused(("[".repeat(depth) + "]".repeat(depth)).getBytes(UTF_8));
    assertRefused("{\"a\":".repeat(depth).getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.10000000000000000000000000001",
        "123456789012345678901234567890",
        "18446744073709551616",
        "1.50",
        "-0.00"
      })
  void numbersKeepEveryDigit(String number) throws Exception {
    assertThat(Json.write(parse(number))).isEqualTo(number.equals("-0.00") ? "0.00" : number);
  }

  @Test
  void scalarsAndNullAreValues() throws Exception {
    assertThat(parse(" null ").isNull()).isTrue();
    assertThat(parse("\"text\"").textValue()).isEqualTo("text");
  }

  @Test
  void writtenTextReadsBackAsTheSameTree() throws Exception {
    JsonNode node = parse("{\"b\":[1,2.50,\"\\u0000\\ud83d\\ude00\",null,true],\"a\":{}}");
    assertThat(parse(Json.write(node))).isEqualTo(node);
  }

  @Test
  void rowHoldsABodyAsDeepAsIsTakenAndNoDeeper() throws Exception {
    String deepest = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);
    assertThat(Json.parseRow(("{\"payload\":" + deepest + "}").getBytes(UTF_8)).get("payload"))
        .isEqualTo(parse(deepest));
    assertThatThrownBy(() -> Json.parseRow(("{\"payload\":[" + deepest + "]}").getBytes(UTF_8)))
        .isInstanceOf(JsonProcessingException.class);
  }

  @Test
  void aRowThatIsDamagedIsRefusedAsABodyIs() {
    for (byte[] row :
        new byte[][] {
          {},
          "{\"a\":\"ü\"}".getBytes(ISO_8859_1),
          "{\"a\":\"b\"}".getBytes(UTF_16LE),
          {'{', '}', '}'}
        }) {
      assertThatThrownBy(() -> Json.parseRow(row)).isInstanceOf(JsonProcessingException.class);
    }
  }
}
