package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.List;

/**
 * Refuses requests that do not name one host (RFC 9112, 3.2): a proxy before the gateway may take
 * another for it than the gateway does.
 */
final class HostCheck implements DecoratingHttpServiceFunction {
  /** The text that the server uses if the host is missing. */
  static final String MISSING = "host-is-missing.invalid";

  @Override
  public HttpResponse serve(
      HttpService delegate, ServiceRequestContext context, HttpRequest request) throws Exception {
    if (!namesOne(request.headers())) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "Send one Host header.").asException();
    }
    return delegate.serve(context, request);
  }

  private static boolean namesOne(RequestHeaders headers) {
    String authority = headers.authority();
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    return authority != null
        && !authority.isEmpty()
        && !authority.startsWith(MISSING)
        && headers.getAll(HttpHeaderNames.AUTHORITY).size() <= 1
        && hosts.size() <= 1
        && hosts.stream().allMatch(authority::equalsIgnoreCase);
  }
}
