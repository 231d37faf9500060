package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.ByteStreams;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Repository;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The console's files, as they are served. What a browser makes of them has tests of its own. */
class ConsoleRoutesIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static GatewayServer server;

  @BeforeAll
  static void start() {
    server = GatewayServer.start("127.0.0.1", 0, List.of(new ConsoleRoutes()));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HTTP.send(request.build(), BodyHandlers.ofByteArray());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/console/",
        "/console/events",
        "/console/events/evt_1.2",
        "/console/sagas/order/ORD-1.5",
        "/console/sign-in",
        "/console/what-if/5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e"
      })
  void everyPageIsTheOneDocument(String path) throws Exception {
    HttpResponse<byte[]> page = get(path);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(header(page, "content-type")).isEqualTo("text/html; charset=utf-8");
    assertThat(new String(page.body(), UTF_8)).contains("importmap");
    assertThat(header(page, "cache-control")).isEqualTo("no-cache");
    assertThat(header(page, "x-content-type-options")).isEqualTo("nosniff");
    assertThat(header(page, "referrer-policy")).isEqualTo("no-referrer");
    assertThat(header(page, "cross-origin-opener-policy")).isEqualTo("same-origin");
    assertThat(header(page, "content-security-policy"))
        .matches(
            "default-src 'none'; script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='; style-src 'self';"
                + " img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none';"
                + " frame-ancestors 'none'");
  }

  @ParameterizedTest
  @CsvSource({
    "/console/app.js, text/javascript; charset=utf-8",
    "/console/vendor/preact.js, text/javascript; charset=utf-8",
    "/console/vendor/preact-hooks.js, text/javascript; charset=utf-8",
    "/console/vendor/htm.js, text/javascript; charset=utf-8",
    "/console/vendor/uPlot.js, text/javascript; charset=utf-8",
    "/console/vendor/uPlot.css, text/css; charset=utf-8"
  })
  void filesComeWithTheirTypeAndOnlyOnce(String path, String type) throws Exception {
    HttpResponse<byte[]> file = get(path);
    assertThat(file.statusCode()).isEqualTo(200);
    assertThat(header(file, "content-type")).isEqualTo(type);
    assertThat(file.body()).isNotEmpty();
    assertThat(header(file, "x-content-type-options")).isEqualTo("nosniff");
    HttpResponse<byte[]> again = get(path, "If-None-Match", header(file, "etag"));
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
  }

  @Test
  void theFirstPageLeadsEverywhereWithoutAnyScript() throws Exception {
    HttpResponse<byte[]> page = get("/", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(header(page, "content-type")).isEqualTo("text/html; charset=utf-8");
    assertThat(header(page, "vary")).isEqualTo("accept");
    String html = new String(page.body(), UTF_8);
    assertThat(html)
        .contains("href=\"/console/\"", "href=\"/openapi.yaml\"", "docs/gateway.md")
        .doesNotContain("<script", "style=", "http:", "https:");
    assertThat(header(page, "content-security-policy"))
        .isEqualTo(header(get("/console/"), "content-security-policy"))
        .startsWith("default-src 'none'");
    assertThat(get("/").body()).isEqualTo(page.body());

    HttpResponse<Void> head =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/"))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build(),
            BodyHandlers.discarding());
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(header(head, "content-length")).isEqualTo(String.valueOf(page.body().length));

    Matcher document = Pattern.compile("<code>((?:docs/)?[A-Za-z-]+\\.md)</code>").matcher(html);
    List<String> documents = document.results().map(found -> found.group(1)).toList();
    assertThat(documents).hasSizeGreaterThan(4);
    assertThat(documents).allSatisfy(name -> assertThat(Repository.ROOT.resolve(name)).exists());
  }

  @Test
  void aProgramGetsTheSameLinksInJson() throws Exception {
    HttpResponse<byte[]> links = get("/", "Accept", "application/json");
    assertThat(links.statusCode()).isEqualTo(200);
    assertThat(header(links, "content-type")).isEqualTo("application/json; charset=utf-8");
    assertThat(Json.parse(links.body()).path("openapi").asText()).isEqualTo("/openapi.json");
    assertThat(Json.parse(links.body()).path("console").asText()).isEqualTo("/console/");
    assertThat(header(get("/", "Accept", "image/png"), "content-type")).startsWith("text/html");
    assertThat(header(get("/", "Accept", "text/plain, application/json;q=0.5"), "content-type"))
        .startsWith("application/json");
  }

  @Test
  void whatIsLargeIsCompressed() throws Exception {
    HttpResponse<byte[]> plain = get("/console/vendor/uPlot.js");
    HttpResponse<byte[]> small = get("/console/vendor/uPlot.js", "Accept-Encoding", "gzip, br");
    assertThat(header(small, "content-encoding")).isEqualTo("gzip");
    assertThat(small.body().length).isLessThan(plain.body().length / 2);
    assertThat(unzipped(small.body())).isEqualTo(plain.body());
  }

  private static byte[] unzipped(byte[] body) throws IOException {
    return ByteStreams.toByteArray(new GZIPInputStream(new ByteArrayInputStream(body)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/console/none.js",
        "/console/pages/none.js",
        "/console/vendor/none.js",
        "/console/vendor/../../configuration.schema.json",
        "/console/..%2fopenapi.yaml",
        "/console/%2e%2e/openapi.yaml",
        "/console/pages/..%2f..%2fopenapi.yaml",
        "/console/ConsoleRoutes.class"
      })
  void nothingElseIsServed(String path) throws Exception {
    HttpResponse<byte[]> answer = get(path);
    assertThat(answer.statusCode()).isIn(400, 404);
    assertThat(header(answer, "content-type")).isEqualTo("application/problem+json");
  }

  @Test
  void theAddressWithoutASlashLeadsThere() throws Exception {
    HttpResponse<byte[]> answer = get("/console");
    assertThat(answer.statusCode()).isEqualTo(308);
    assertThat(header(answer, "location")).isEqualTo("/console/");
  }
}
