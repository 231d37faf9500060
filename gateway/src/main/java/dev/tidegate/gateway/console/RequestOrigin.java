package dev.tidegate.gateway.console;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** Which page has a browser send a request. */
final class RequestOrigin {
  /** A page of another site cannot send it without having asked the gateway, which says no. */
  static final String HEADER = "x-tidegate-console";

  private static final String SITE = "sec-fetch-site";

  private RequestOrigin() {}

  /** An origin as browsers write it; empty if it is not an origin, such as {@code null}. */
  static Optional<URI> uri(String origin) {
    try {
      return Optional.of(URI.create(origin))
          .filter(uri -> uri.getHost() != null && uri.getScheme() != null);
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }

  /**
   * Refuses what a page of another site has sent, as far as the browser tells.
   *
   * @param url the gateway's address as browsers know it
   * @throws dev.tidegate.gateway.http.ProblemException {@code FORBIDDEN}
   */
  static void requireOwnPage(RequestHeaders headers, Optional<URI> url) {
    String site = headers.get(SITE, "same-origin");
    List<String> origins = headers.getAll(HttpHeaderNames.ORIGIN);
    if (!site.equals("same-origin") || !origins.stream().allMatch(o -> isOwn(o, headers, url))) {
      throw Problem.of(
              ProblemType.FORBIDDEN,
              "This was sent by a page of another site, which may not act for you.")
          .asException();
    }
  }

  /**
   * The same, and refuses what does not say that the console has sent it.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code FORBIDDEN}
   */
  static void requireConsole(RequestHeaders headers, Optional<URI> url) {
    requireOwnPage(headers, url);
    if (!headers.get(HEADER, "").equals("1")) {
      throw Problem.of(
              ProblemType.FORBIDDEN,
              "A request that changes something by the console's cookie needs the header"
                  + " X-Tidegate-Console: 1.")
          .asException();
    }
  }

  private static boolean isOwn(String origin, RequestHeaders headers, Optional<URI> url) {
    return uri(origin)
        .map(URI::getRawAuthority)
        .filter(
            page ->
                page.equalsIgnoreCase(headers.authority())
                    || url.filter(own -> page.equalsIgnoreCase(own.getRawAuthority())).isPresent())
        .isPresent();
  }
}
