package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpHeaders;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A place in a distributed trace, as W3C's Trace Context (level 1, section 3.2) writes it: {@code
 * 00-<trace>-<span>-<flags>}. The gateway has no spans of its own, so it passes on the sender's
 * unchanged, and makes none.
 */
public final class TraceParent {
  /** The header. */
  public static final String HEADER = "traceparent";

  /** A later version may have more behind the flags. Neither ID is all zeros. */
  private static final Pattern FORM =
      Pattern.compile(
          "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
              + "(?:(?<!^00.{53})-[!-~]{0,200})?");

  private static final int TRACE_ID_BEGIN = 3;
  private static final int TRACE_ID_END = 35;

  private TraceParent() {}

  /** The sender's; empty where there is none, several, or one that is not valid. */
  public static Optional<String> of(HttpHeaders headers) {
    List<String> values = headers.getAll(HEADER);
    return values.size() == 1
        ? Optional.of(values.get(0)).filter(TraceParent::isValid)
        : Optional.empty();
  }

  /** Whether {@code text} is one. */
  public static boolean isValid(String text) {
    return FORM.matcher(text).matches();
  }

  /** The trace of a valid one. */
  static String traceId(String valid) {
    return valid.substring(TRACE_ID_BEGIN, TRACE_ID_END);
  }
}
