package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;

/**
 * Makes the server call an annotated service as soon as a request's headers have arrived. By itself
 * the server collects the body of such a request first, where {@link RequestBodies} does not see
 * it. So every annotated service must be decorated with this; the server does not start otherwise.
 */
public final class StreamedBody extends SimpleDecoratingHttpService {
  public StreamedBody(HttpService annotated) {
    super(annotated);
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
    return ((HttpService) unwrap()).serve(context, request);
  }

  @Override
  public ExchangeType exchangeType(RoutingContext context) {
    return ExchangeType.BIDI_STREAMING;
  }
}
