package dev.tidegate.gateway.console;

import com.google.common.net.InetAddresses;
import com.linecorp.armeria.common.Cookie;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * A cookie of the console. Browsers take a {@code Secure} one over TLS and from this machine. Over
 * plain HTTP from elsewhere they do not, and there it has another name: {@code __Host-} stands for
 * {@code Secure}, one host and every path.
 */
record SessionCookie(String name, String sameSite) {
  /** Who is signed in. */
  static final SessionCookie SESSION = new SessionCookie("tidegate", "Strict");

  /** A sign-in that is not finished: it comes back from another site. */
  static final SessionCookie OIDC = new SessionCookie("tidegate-oidc", "Lax");

  private static final String HOST_PREFIX = "__Host-";

  /**
   * Its value in a request. A request that tells where it was made ({@code Sec-Fetch-Site}) is one
   * of a page that had the secure name: the other one may be planted by a neighbour's page.
   */
  Optional<String> in(RequestHeaders headers) {
    Optional<String> secure = valueOf(HOST_PREFIX + name, headers);
    return secure.isPresent() || headers.contains("sec-fetch-site")
        ? secure
        : valueOf(name, headers);
  }

  private static Optional<String> valueOf(String name, RequestHeaders headers) {
    return headers.cookies().stream()
        .filter(cookie -> cookie.name().equals(name))
        .map(Cookie::value)
        .findFirst();
  }

  /** Sets it, for a browser that has sent {@code headers} to the address {@code url}. */
  String set(RequestHeaders headers, Optional<URI> url, String value, Duration lifetime) {
    boolean secure = isSecure(headers, url);
    return "%s%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=%s%s"
        .formatted(
            secure ? HOST_PREFIX : "",
            name,
            value,
            lifetime.toSeconds(),
            sameSite,
            secure ? "; Secure" : "");
  }

  /** Takes it away. */
  String remove(RequestHeaders headers, Optional<URI> url) {
    return set(headers, url, "", Duration.ZERO);
  }

  private static boolean isSecure(RequestHeaders headers, Optional<URI> url) {
    return url.or(() -> originOf(headers))
        .map(page -> page.getScheme().equals("https") || isThisMachine(page.getHost()))
        .orElse(true);
  }

  private static Optional<URI> originOf(RequestHeaders headers) {
    return Optional.ofNullable(headers.get(HttpHeaderNames.ORIGIN)).flatMap(RequestOrigin::uri);
  }

  private static boolean isThisMachine(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || (InetAddresses.isUriInetAddress(name)
            && InetAddresses.forUriString(name).isLoopbackAddress());
  }
}
