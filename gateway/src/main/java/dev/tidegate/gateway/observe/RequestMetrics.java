package dev.tidegate.gateway.observe;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.logging.RequestLog;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.http.RoutePattern;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;

/**
 * Measures every request, under the names that OpenTelemetry's semantic conventions for HTTP (1.23,
 * stable) give: the metric {@code http.server.request.duration} and its attributes.
 */
public final class RequestMetrics implements DecoratingHttpServiceFunction {
  /** The conventions' advice for the histogram's boundaries, in seconds. */
  private static final Duration[] BOUNDARIES =
      DoubleStream.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
          .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
          .toArray(Duration[]::new);

  /** The conventions' name for unknown methods. */
  private static final String OTHER_METHOD = "_OTHER";

  /** Requests that no route takes; their paths are the sender's invention. */
  private static final String NO_ROUTE = "";

  /** Requests whose clients had gone before there was an answer: it is left out, as they say. */
  private static final String NO_STATUS = "";

  private final MeterRegistry registry;
  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

  /** Requests that are measured together. */
  private record Kind(HttpMethod method, Route route, HttpStatus status) {}

  public RequestMetrics(GatewayMetrics metrics) {
    this.registry = metrics.registry();
  }

  @Override
  public HttpResponse serve(
      HttpService delegate, ServiceRequestContext context, HttpRequest request) throws Exception {
    context.log().whenComplete().thenAccept(log -> record(log, context));
    return delegate.serve(context, request);
  }

  private void record(RequestLog log, ServiceRequestContext context) {
    timers
        .computeIfAbsent(
            new Kind(context.method(), context.config().route(), log.responseStatus()), this::timer)
        .record(log.totalDurationNanos(), TimeUnit.NANOSECONDS);
  }

  private Timer timer(Kind kind) {
    return Timer.builder("http.server.request.duration")
        .description("From a request's first byte to its answer's last")
        .serviceLevelObjectives(BOUNDARIES)
        .tag("http.request.method", methodOf(kind.method()))
        .tag("http.route", kind.route().isFallback() ? NO_ROUTE : RoutePattern.of(kind.route()))
        .tag("http.response.status.code", statusOf(kind.status()))
        .register(registry);
  }

  private static String statusOf(HttpStatus status) {
    return status.equals(HttpStatus.UNKNOWN) ? NO_STATUS : status.codeAsText();
  }

  private static String methodOf(HttpMethod method) {
    return method == HttpMethod.UNKNOWN ? OTHER_METHOD : method.name();
  }
}
