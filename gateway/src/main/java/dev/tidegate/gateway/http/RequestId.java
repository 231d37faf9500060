package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.RequestHeaders;
import io.netty.util.AttributeKey;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a request is called: in its answer, in the log and in the ledger. It is what its sender
 * calls it in {@code X-Request-ID} if that is a sane name, else a new one.
 */
public final class RequestId {
  /** The header, of requests and of every answer. */
  public static final String HEADER = "X-Request-ID";

  /** What a sender may choose: nothing that could forge a line of a log. */
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}");

  private static final AttributeKey<String> ATTRIBUTE =
      AttributeKey.valueOf(RequestId.class, "REQUEST_ID");

  private RequestId() {}

  /** The ID of {@code context}'s request: the same each time. */
  public static String of(RequestContext context) {
    String known = context.attr(ATTRIBUTE);
    if (known != null) {
      return known;
    }
    String fresh = context.request() == null ? random() : chosenBy(context.request().headers());
    context.setAttr(ATTRIBUTE, fresh);
    return fresh;
  }

  private static String chosenBy(RequestHeaders headers) {
    String chosen = headers.get(HEADER);
    return chosen != null && SANE.matcher(chosen).matches() ? chosen : random();
  }

  private static String random() {
    return UUID.randomUUID().toString();
  }
}
