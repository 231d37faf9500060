package dev.tidegate.transforms.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.RawEvent;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactJsonTest {
  private static Optional<byte[]> lineOf(byte[] body) {
    return ExactJson.lineOf(
        RawEvent.builder()
            .tenantId("acme")
            .source("shop")
            .messageId("1")
            .publishTime(Instant.EPOCH)
            .attributes(Map.of())
            .body(body)
            .build());
  }

  private static void assertExact(String body, String line) {
    assertThat(lineOf(body.getBytes(UTF_8)).map(found -> new String(found, UTF_8))).contains(line);
  }

  private static void assertNotExact(byte[] body) {
    assertThat(lineOf(body)).isEmpty();
  }

  @Test
  void whiteSpaceBetweenTokensIsDropped() {
    assertExact("\r\n { \"a b\" :\t[ 1 , true ,null ] \n}\n", "{\"a b\":[1,true,null]}");
    assertExact(" [ ] ", "[]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"z\":1,\"a\":{\"z\":2}}",
        "[1e5,1E+5,1.50,-0,-0.0,0.1,100e-2,1.7976931348623157e308]",
        "[18446744073709551615,-9223372036854775808]",
        "[\" \\\" \\\\ \\/ \\u0041 \\n \\u0000\",\"\\\\\",\" \"]",
        "[\"\\ud83d\\ude00\",\"\uD83D\uDE00 ü \u2028\"]",
        "{\"\":\"\",\" \":\" \"}"
      })
  void everythingElseIsKeptAsItStands(String body) {
    assertExact(body, body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "18446744073709551616",
        "-9223372036854775809",
        "0.10000000000000000000001",
        "1e400",
        "-1e400",
        "1e-400",
        "1e99999999999",
        "0e99999999999",
        "1e-99999999999",
        "123456789.123456789123456789"
      })
  void numbersThatReadersWouldChangeAreNotExact(String number) {
    assertNotExact(("[" + number + "]").getBytes(UTF_8));
    assertNotExact(("{\"a\":{\"b\":" + number + "}}").getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":2}",
        "[{\"b\":{\"a\":1,\"c\":2,\"a\":3}}]",
        "[\"\\ud83d\"]",
        "[\"\\ude00\\ud83d\"]",
        "{\"\\udc00\":1}"
      })
  void duplicateKeysAndHalfPairsAreNotExact(String body) {
    assertNotExact(body.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{}}",
        "{} {}",
        "[1,]",
        "[1 2]",
        "{a:1}",
        "[NaN]",
        "[01]",
        "[\"\n\"]",
        "\uFEFF{}",
        "{}\u0000",
        "{}x",
        "[\"\\x\"]"
      })
  void whatIsNotOneJsonValueIsNotExact(String body) {
    assertNotExact(body.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "true", "1", "\"text\"", "\"{}\""})
  void singleValuesAreLeftToTheBytes(String body) {
    assertNotExact(body.getBytes(UTF_8));
  }

  @Test
  void otherEncodingsAreNotExactThoughJacksonReadsThem() {
    String body = "{\"a\":\"b\"}";
    for (Charset charset :
        new Charset[] {
          UTF_16BE, UTF_16LE, Charset.forName("UTF-32BE"), Charset.forName("UTF-16")
        }) {
      assertNotExact(body.getBytes(charset));
    }
  }

  @Test
  void malformedUtf8IsNotExact() {
    assertNotExact("[\"ü\"]".getBytes(ISO_8859_1));
    assertNotExact("[\"\u00C0\u0080\"]".getBytes(ISO_8859_1));
    assertNotExact("[\"\u00ED\u00A0\u0080\"]".getBytes(ISO_8859_1));
  }

  @Test
  void depthIsBounded() {
    assertExact("[".repeat(100) + "]".repeat(100), "[".repeat(100) + "]".repeat(100));
    assertNotExact(("[".repeat(101) + "]".repeat(101)).getBytes(UTF_8));
    assertNotExact("[".repeat(100_000).getBytes(UTF_8));
  }

  @Test
  void bodyOfSomeMegabytesIsCarried() {
    String body = "[\"" + "x".repeat(5 << 20) + "\"]";
    assertExact(body, body);
  }
}
