package dev.tidegate.gateway.http;

import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceConfig;
import dev.tidegate.pubsub.ServerStop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * The HTTP server: limits, timeouts and errors that all routes share. What a client can hold:
 *
 * <ul>
 *   <li>{@value #MOST_CONNECTIONS} connections in all; what comes then is closed at once.
 *   <li>A connection without a request: 65 s. On HTTP/2 it is closed with GOAWAY.
 *   <li>From a request's first byte to its headers' end: 10 s, then it is closed. Headers may have
 *       16 KB, the request line 8 KB.
 *   <li>From there to the end of body and answer: 30 s, then a body that has not come is answered
 *       408. Bodies may have 1 MB, unless a route says otherwise.
 *   <li>On HTTP/2, {@value #MOST_STREAMS} requests at a time on a connection, and {@value
 *       ResetStreamGuard#MOST_RESETS} streams in 30 s that it makes the server reset.
 * </ul>
 */
public final class GatewayServer implements AutoCloseable {
  static final int MOST_CONNECTIONS = 2_000;
  static final int MOST_STREAMS = 100;

  /** From a request's headers to its answer's last byte, but for {@code ?wait}. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration HEADERS_TIMEOUT = Duration.ofSeconds(10);

  /** Longer than clients and load balancers commonly keep idle connections, 15 to 60 s. */
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(65);

  /** How long the rest of a request that is answered already may take to come. */
  private static final Duration REST_OF_REFUSED = Duration.ofSeconds(2);

  private static final int LONGEST_BODY = 1 << 20;
  private static final int LONGEST_REQUEST_LINE = 8 << 10;
  private static final int LONGEST_HEADERS = 16 << 10;
  private static final Duration QUIET_BEFORE_STOP = Duration.ofMillis(50);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(10);

  private final Server server;

  private GatewayServer(Server server) {
    this.server = server;
  }

  /**
   * Starts to serve, and measures nothing.
   *
   * @throws IllegalStateException where the port is taken
   */
  public static GatewayServer start(String host, int port, List<Routes> routes) {
    return start(host, port, routes, HttpService::serve);
  }

  /**
   * Starts to serve.
   *
   * @param metrics sees every request
   * @throws IllegalStateException where the port is taken
   */
  public static GatewayServer start(
      String host, int port, List<Routes> routes, DecoratingHttpServiceFunction metrics) {
    return start(host, port, routes, metrics, HEADERS_TIMEOUT, REQUEST_TIMEOUT);
  }

  static GatewayServer start(
      String host,
      int port,
      List<Routes> routes,
      Duration headersTimeout,
      Duration requestTimeout) {
    return start(host, port, routes, HttpService::serve, headersTimeout, requestTimeout);
  }

  private static GatewayServer start(
      String host,
      int port,
      List<Routes> routes,
      DecoratingHttpServiceFunction metrics,
      Duration headersTimeout,
      Duration requestTimeout) {
    ServerBuilder builder =
        Server.builder()
            .http(new InetSocketAddress(host, port))
            .errorHandler(new ProblemErrors())
            // It logs what is to be logged itself: an answer to a client's mistake is not.
            .unloggedExceptionsReportInterval(Duration.ZERO)
            .disableServerHeader()
            .defaultHostname(HostCheck.MISSING)
            .maxNumConnections(MOST_CONNECTIONS)
            .idleTimeout(IDLE_TIMEOUT)
            .http1MaxInitialLineLength(LONGEST_REQUEST_LINE)
            .http1MaxHeaderSize(LONGEST_HEADERS)
            .http2MaxHeaderListSize(LONGEST_HEADERS)
            .http2MaxStreamsPerConnection(MOST_STREAMS)
            .maxRequestLength(LONGEST_BODY)
            .requestTimeout(requestTimeout)
            .requestAutoAbortDelay(REST_OF_REFUSED)
            .childChannelPipelineCustomizer(
                pipeline ->
                    pipeline.addFirst(new SlowHeaderGuard(headersTimeout), new ResetStreamGuard()))
            .gracefulShutdownTimeout(QUIET_BEFORE_STOP, LONGEST_STOP);
    builder.decorator(
        (service, context, request) -> {
          SlowHeaderGuard.serving(context);
          return service.serve(context, request);
        });
    routes.forEach(part -> part.addTo(builder));
    builder.decorator(new HostCheck());
    builder.decorator(new RequestContextDecorator());
    builder.decorator(metrics);
    Server server = builder.build();
    try {
      server.start().join();
    } catch (CompletionException taken) {
      throw new IllegalStateException("Port %d is taken.".formatted(port), taken);
    }
    return new GatewayServer(server);
  }

  public int port() {
    return server.activeLocalPort();
  }

  /** What it answers to, routes in the order of their registration. */
  public List<Route> routes() {
    return server.serviceConfigs().stream().map(ServiceConfig::route).toList();
  }

  /** Finishes what was begun, and takes nothing new. */
  @Override
  public void close() {
    ServerStop.stop(server);
  }
}
