package dev.tidegate.local.launch;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.checkerframework.checker.nullness.qual.Nullable;

/** A server of Google's REST interface with fixed answers; what it has no answer for is 404. */
final class GoogleStandIn implements AutoCloseable {
  private static final String NOT_FOUND =
      "{\"error\": {\"code\": 404, \"message\": \"Not found\"}}";

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final HttpServer server;

  private GoogleStandIn() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String answer = answers.get(exchange.getRequestURI().getPath());
          byte[] body = (answer == null ? NOT_FOUND : answer).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.start();
  }

  static GoogleStandIn start() throws IOException {
    return new GoogleStandIn();
  }

  /** Answers {@code path}, from the root on; null for no more. */
  void answer(String path, @Nullable String json) {
    if (json == null) {
      answers.remove(path);
    } else {
      answers.put(path, json);
    }
  }

  String url() {
    return "http://localhost:" + server.getAddress().getPort() + "/";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
