package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.slf4j.MDC;

/** Gives each request its ID and its span: in the answer, and in what is logged meanwhile. */
final class RequestContextDecorator implements DecoratingHttpServiceFunction {
  @Override
  public HttpResponse serve(
      HttpService delegate, ServiceRequestContext context, HttpRequest request) throws Exception {
    String requestId = RequestId.of(context);
    String traceId = TraceParent.of(context).traceId();
    context.mutateAdditionalResponseHeaders(headers -> headers.set(RequestId.HEADER, requestId));
    // On whichever thread works for the request, as long as it does.
    context.hook(
        () -> {
          MDC.put("request_id", requestId);
          MDC.put("trace_id", traceId);
          return () -> {
            MDC.remove("request_id");
            MDC.remove("trace_id");
          };
        });
    try (MDC.MDCCloseable id = MDC.putCloseable("request_id", requestId);
        MDC.MDCCloseable trace = MDC.putCloseable("trace_id", traceId)) {
      return delegate.serve(context, request);
    }
  }
}
