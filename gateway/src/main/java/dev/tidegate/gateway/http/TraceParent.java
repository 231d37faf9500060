package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestContext;
import io.netty.util.AttributeKey;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a distributed trace, as W3C's Trace Context (level 1, section 3.2) writes it: {@code
 * 00-<trace>-<span>-<flags>}.
 *
 * @param traceId 32 hexadecimal digits, not all zero
 * @param spanId 16 hexadecimal digits, not all zero
 * @param flags two hexadecimal digits; the last bit says that the trace is recorded
 */
public record TraceParent(String traceId, String spanId, String flags) {
  /** The header. */
  public static final String HEADER = "traceparent";

  /** A later version may have more behind the flags, which is not understood and left out. */
  private static final Pattern FORM =
      Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

  private static final String NOT_RECORDED = "00";

  private static final AttributeKey<TraceParent> ATTRIBUTE =
      AttributeKey.valueOf(TraceParent.class, "TRACE_PARENT");

  /**
   * The gateway's own span of {@code context}'s request, the same each time: a child of the
   * sender's where its {@code traceparent} is valid, else the first of a new trace. What is
   * published on behalf of the request carries it.
   */
  public static TraceParent of(RequestContext context) {
    TraceParent known = context.attr(ATTRIBUTE);
    if (known != null) {
      return known;
    }
    HttpRequest request = context.request();
    TraceParent own =
        Optional.ofNullable(request == null ? null : request.headers().get(HEADER))
            .flatMap(TraceParent::parse)
            .map(TraceParent::child)
            .orElseGet(TraceParent::fresh);
    context.setAttr(ATTRIBUTE, own);
    return own;
  }

  /** What {@code header} says, or empty where it is not valid. */
  public static Optional<TraceParent> parse(String header) {
    Matcher parts = FORM.matcher(header);
    if (!parts.matches()
        || parts.group(1).equals("ff")
        || (parts.group(1).equals("00") && parts.group(5) != null)
        || isZero(parts.group(2))
        || isZero(parts.group(3))) {
      return Optional.empty();
    }
    return Optional.of(new TraceParent(parts.group(2), parts.group(3), parts.group(4)));
  }

  private static TraceParent fresh() {
    return new TraceParent(randomHex() + randomHex(), randomHex(), NOT_RECORDED);
  }

  private TraceParent child() {
    return new TraceParent(traceId, randomHex(), flags);
  }

  /** The header's value. */
  @Override
  public String toString() {
    return "00-%s-%s-%s".formatted(traceId, spanId, flags);
  }

  /** 64 bits, not all zero. */
  private static String randomHex() {
    long bits;
    do {
      bits = ThreadLocalRandom.current().nextLong();
    } while (bits == 0);
    return "%016x".formatted(bits);
  }

  private static boolean isZero(String digits) {
    return digits.chars().allMatch(digit -> digit == '0');
  }
}
