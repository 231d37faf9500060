package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.JSON;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bodies of no declared length, over HTTP/1.1: they are bounded while they come. */
class SlowBodiesIT {
  private static final String CHUNK = "1000\r\n" + " ".repeat(0x1000) + "\r\n";

  /** A limit of 1 MiB is passed by this many chunks. */
  private static final int CHUNKS = 300;

  @RegisterExtension static final EventsGateway GATEWAY = new EventsGateway(EventLimits.STANDARD);

  @Test
  void aBodyWithoutEndIsCutOffAtTheLimit() throws IOException {
    assertThat(statusLine("acme", CHUNKS)).startsWith("HTTP/1.1 413");
  }

  @Test
  void whoIsNotKnownIsAnsweredBeforeTheBodyIsThere() throws IOException {
    assertThat(statusLine("nobody", 1)).startsWith("HTTP/1.1 401");
  }

  private static String statusLine(String key, int chunks) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", GATEWAY.port())) {
      socket.setSoTimeout((int) Patience.LONGEST.toMillis());
      OutputStream out = socket.getOutputStream();
      out.write(
          """
          POST /events HTTP/1.1\r
          Host: localhost\r
          X-API-Key: %s\r
          Content-Type: %s\r
          Transfer-Encoding: chunked\r
          \r
          """
              .formatted(key, JSON)
              .getBytes(US_ASCII));
      for (int i = 0; i < chunks; i++) {
        out.write(CHUNK.getBytes(US_ASCII));
      }
      out.flush();
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))
          .readLine();
    }
  }
}
