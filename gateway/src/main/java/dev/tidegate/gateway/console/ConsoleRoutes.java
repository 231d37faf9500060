package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.MediaTypeSet;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.encoding.EncodingService;
import com.linecorp.armeria.server.file.HttpFile;
import dev.tidegate.gateway.console.ConsoleFiles.ConsoleFile;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.schemas.Json;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The console's pages: files under {@code /console/}. A path that names no file is a page's path.
 * It is answered with the one document that draws all pages. {@code /} leads people there: it is a
 * page without script, and for programs a document in JSON.
 */
public final class ConsoleRoutes implements Routes {
  private static final String PATH = "/console";
  private static final String START = "/";
  private static final MediaTypeSet STARTS =
      MediaTypeSet.of(MediaType.HTML_UTF_8, MediaType.JSON_UTF_8);

  /** What {@code /} tells a program. */
  private static final String LINKS =
      Json.write(
          Json.mapper()
              .createObjectNode()
              .put("name", "Tidegate gateway")
              .put("console", PATH + "/")
              .put("openapi", "/openapi.json")
              .put("health", "/health")
              .put("metrics", "/metrics"));

  private static final Pattern IMPORT_MAP =
      Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);

  private final Map<String, HttpFile> served = new ConcurrentHashMap<>();
  private final Map<CharSequence, String> headers;
  private final HttpFile document;
  private final HttpFile start;

  /** Reads the document. */
  public ConsoleRoutes() {
    ConsoleFile index = ConsoleFiles.index();
    this.headers =
        ImmutableMap.of(
            // Browsers ask each time whether a file is still the same.
            HttpHeaderNames.CACHE_CONTROL,
            "no-cache",
            HttpHeaderNames.CONTENT_SECURITY_POLICY,
            policyFor(new String(index.content(), UTF_8)),
            HttpHeaderNames.X_CONTENT_TYPE_OPTIONS,
            "nosniff",
            HttpHeaderNames.REFERRER_POLICY,
            "no-referrer",
            HttpHeaderNames.of("cross-origin-opener-policy"),
            "same-origin");
    this.document = httpFile(index);
    this.start = httpFile(ConsoleFiles.start());
  }

  /**
   * What the pages may load: the gateway's own files and nothing else. The document's import map is
   * the one script that stands in it.
   */
  private static String policyFor(String document) {
    Matcher map = IMPORT_MAP.matcher(document);
    String inline =
        map.find()
            ? " 'sha256-%s'"
                .formatted(
                    Base64.getEncoder()
                        .encodeToString(Hashing.sha256().hashString(map.group(1), UTF_8).asBytes()))
            : "";
    return "default-src 'none'; script-src 'self'"
        + inline
        + "; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self';"
        + " base-uri 'none'; frame-ancestors 'none'";
  }

  @Override
  public void addTo(ServerBuilder server) {
    server.route().methods(HttpMethod.GET, HttpMethod.HEAD).path(START).build(this::start);
    server.route().get(PATH).build((context, request) -> redirect());
    server
        .route()
        .get(PATH + "/{*path}")
        .decorator(EncodingService.newDecorator())
        .build(this::serve);
  }

  /** A browser gets the page, a client that asks for JSON gets the same links. */
  private HttpResponse start(ServiceRequestContext context, HttpRequest request) throws Exception {
    HttpFile answer =
        MediaType.JSON_UTF_8.equals(
                STARTS.matchHeaders(request.headers().getAll(HttpHeaderNames.ACCEPT)))
            ? httpFile(ConsoleFile.of(LINKS.getBytes(UTF_8), MediaType.JSON_UTF_8))
            : start;
    return answer
        .asService()
        .serve(context, request)
        .mapHeaders(sent -> sent.toBuilder().add(HttpHeaderNames.VARY, "accept").build());
  }

  private HttpResponse redirect() {
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.valueOf(308))
            .add(HttpHeaderNames.LOCATION, PATH + "/")
            .add(headers.entrySet())
            .build());
  }

  private HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
    String path = context.pathParam("path");
    HttpFile file = served.get(path);
    if (file == null) {
      file = ConsoleFiles.named(path).map(this::httpFile).orElse(null);
      if (file != null) {
        served.put(path, file);
      } else if (ConsoleFiles.isOfFile(path)) {
        throw Problem.of(ProblemType.NOT_FOUND, "The console has no such file.").asException();
      } else {
        file = document;
      }
    }
    return file.asService().serve(context, request);
  }

  private HttpFile httpFile(ConsoleFile file) {
    return HttpFile.builder(HttpData.wrap(file.content()), 0)
        .contentType(file.type())
        .lastModified(false)
        .entityTag((path, attributes) -> file.tag())
        .setHeaders(headers.entrySet())
        .build();
  }
}
