package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NotificationReaderTest implements NotificationReader.Receiver {
  private static final int LIMIT = 200_000;

  private final NotificationReader reader = new NotificationReader(LIMIT, this);
  private final List<String> bodies = new ArrayList<>();
  private final List<String> tooLarge = new ArrayList<>();

  @Override
  public void take(byte[] body) {
    bodies.add(new String(body, ISO_8859_1));
  }

  @Override
  public void tooLarge(String where) {
    tooLarge.add(where);
  }

  @Test
  void aFileIsOneNotificationWhateverIsInIt() throws IOException {
    for (String body : List.of("{\"a\": 1}\n", "{broken\n\u00ff\u0000", "")) {
      bodies.clear();
      reader.readWhole(input(body), "x.json");
      assertThat(bodies).containsExactly(body);
    }
  }

  @Test
  void linesKeepTheirBytesWithoutTheirEnds() throws IOException {
    reader.readLines(input("{\"a\":1}\n\n  \t\r\n {b \r\r\n\u00fflast"), "x.ndjson");
    assertThat(bodies).containsExactly("{\"a\":1}", " {b \r", "\u00fflast");
  }

  @Test
  void linesMayBeLongerThanWhatIsReadAtOnce() throws IOException {
    String longest = "x".repeat(LIMIT);
    reader.readLines(input(longest + "\r\n" + longest + "y\nz\n" + longest), "x.ndjson");
    assertThat(bodies).containsExactly(longest, "z", longest);
    assertThat(tooLarge).containsExactly("line 2 of x.ndjson");
  }

  @Test
  void aFileBeyondTheLimitIsNotReadToItsEnd() throws IOException {
    InputStream input = input("x".repeat(3 * LIMIT));
    reader.readWhole(input, "x.json");
    assertThat(bodies).isEmpty();
    assertThat(tooLarge).containsExactly("x.json");
    assertThat(input.available()).isGreaterThan(LIMIT);
  }

  @Test
  void standardInputIsOneValueOrOneALine() throws IOException {
    reader.readValueOrLines(input("{\n \"a\": [1]\n}\n"), "standard input");
    assertThat(bodies).containsExactly("{\n \"a\": [1]\n}\n");

    bodies.clear();
    reader.readValueOrLines(input("{\"a\":1}\n{\"a\":2}\n"), "standard input");
    assertThat(bodies).containsExactly("{\"a\":1}", "{\"a\":2}");

    bodies.clear();
    reader.readValueOrLines(input(" \n"), "standard input");
    assertThat(bodies).isEmpty();
  }

  @Test
  void standardInputBeyondTheLimitIsOneALine() throws IOException {
    String line = "{\"a\":\"" + "x".repeat(1000) + "\"}";
    reader.readValueOrLines(input((line + "\n").repeat(500)), "standard input");
    assertThat(bodies).hasSize(500).containsOnly(line);
  }

  private static InputStream input(String text) {
    return new ByteArrayInputStream(text.getBytes(ISO_8859_1));
  }
}
