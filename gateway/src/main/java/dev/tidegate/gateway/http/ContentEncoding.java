package dev.tidegate.gateway.http;

import com.google.common.base.Splitter;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import java.util.Optional;

/**
 * The encoding of bodies: none. A compressed body would be passed on compressed, and nothing behind
 * the gateway could read it.
 */
public final class ContentEncoding {
  static final String IDENTITY = "identity";

  private static final Splitter LIST = Splitter.on(',').trimResults().omitEmptyStrings();

  private ContentEncoding() {}

  /** Why a body with {@code headers} is not taken; empty where it is. */
  public static Optional<Problem> problemOf(HttpHeaders headers) {
    boolean isPlain =
        headers.getAll(HttpHeaderNames.CONTENT_ENCODING).stream()
            .flatMap(LIST::splitToStream)
            .allMatch(IDENTITY::equalsIgnoreCase);
    return isPlain
        ? Optional.empty()
        : Optional.of(
            Problem.of(
                ProblemType.UNSUPPORTED_CONTENT_ENCODING,
                "Send the body without Content-Encoding."));
  }
}
