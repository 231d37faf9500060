package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.Map;
import org.slf4j.MDC;

/** Puts each request's ID into the answer, and into every log line about it. */
final class RequestContextDecorator implements DecoratingHttpServiceFunction {
  @Override
  public HttpResponse serve(
      HttpService delegate, ServiceRequestContext context, HttpRequest request) throws Exception {
    String answered = RequestId.of(context);
    Map<String, String> logged = RequestId.logged(context);
    context.mutateAdditionalResponseHeaders(headers -> headers.set(RequestId.HEADER, answered));
    // On whichever thread works for the request, as long as it does.
    context.hook(() -> log(logged));
    try (Logged here = log(logged)) {
      return delegate.serve(context, request);
    }
  }

  private static Logged log(Map<String, String> fields) {
    fields.forEach(MDC::put);
    return () -> fields.keySet().forEach(MDC::remove);
  }

  private interface Logged extends AutoCloseable {
    @Override
    void close();
  }
}
