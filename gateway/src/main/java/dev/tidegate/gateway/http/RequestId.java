package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AttributeKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A request's ID. The gateway makes an ID of its own for each, which nobody can choose: the log and
 * the audit have it. Its sender may give it an ID in {@code X-Request-ID}, which stands beside it
 * there.
 */
public final class RequestId {
  /** The header, of requests and of every answer. */
  public static final String HEADER = "X-Request-ID";

  /** What a sender may choose: nothing that could forge a line of a log. */
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}");

  private static final AttributeKey<RequestId> ATTRIBUTE =
      AttributeKey.valueOf(RequestId.class, "REQUEST_ID");

  private final String made = UUID.randomUUID().toString();
  private final Optional<String> chosen;

  private RequestId(RequestContext context) {
    chosen =
        Optional.ofNullable(context.request())
            .map(request -> request.headers().get(HEADER))
            .filter(text -> SANE.matcher(text).matches());
  }

  /**
   * The ID of {@code context}'s request in answers and events: the sender's ID, or else the
   * gateway's.
   */
  public static String of(RequestContext context) {
    return both(context).chosen.orElse(both(context).made);
  }

  /** The gateway's own name of it. */
  public static String made(RequestContext context) {
    return both(context).made;
  }

  /** The sender's name of it, if it has chosen a sane one. */
  public static Optional<String> chosen(RequestContext context) {
    return both(context).chosen;
  }

  /** What log lines say about {@code context}'s request. */
  static Map<String, String> logged(ServiceRequestContext context) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("request_id", made(context));
    chosen(context).ifPresent(name -> fields.put("client_request_id", name));
    TraceParent.of(context.request().headers())
        .ifPresent(trace -> fields.put("trace_id", TraceParent.traceId(trace)));
    return fields;
  }

  private static RequestId both(RequestContext context) {
    RequestId known = context.attr(ATTRIBUTE);
    if (known == null) {
      known = new RequestId(context);
      context.setAttr(ATTRIBUTE, known);
    }
    return known;
  }
}
