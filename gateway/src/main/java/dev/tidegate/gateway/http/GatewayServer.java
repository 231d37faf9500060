package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.annotation.AnnotatedService;
import dev.tidegate.pubsub.ServerStop;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;

/**
 * The HTTP server: limits, timeouts and errors that all routes share. What a client can hold:
 *
 * <ul>
 *   <li>{@value #MOST_CONNECTIONS} connections in all; more connections are closed at once.
 *   <li>A connection without a request: 65 s. On HTTP/2 it is closed with GOAWAY.
 *   <li>From a request's first byte to its headers' end: 10 s, then it is closed. Headers may have
 *       16 KB, the request line 8 KB.
 *   <li>From there to the end of body and answer: 30 s, then a body that has not come is answered
 *       408. Bodies may have 1 MB, unless a route says otherwise.
 *   <li>Of memory, its share of one budget for the bodies of all requests ({@link RequestBodies}).
 *   <li>Requests, and calls without a credential, at the rates of {@link ServerLimits}; then 429.
 *   <li>On HTTP/2, {@value #MOST_STREAMS} requests at a time on a connection, and {@value
 *       ResetStreamGuard#MOST_RESETS} streams in 30 s that it makes the server reset.
 * </ul>
 */
public final class GatewayServer implements AutoCloseable {
  static final int MOST_CONNECTIONS = 5_000;
  static final int MOST_STREAMS = 100;

  /** Longer than clients and load balancers commonly keep idle connections, 15 to 60 s. */
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(65);

  /** How long the rest of a request that is answered already may take to come. */
  private static final Duration REST_OF_REFUSED = Duration.ofSeconds(2);

  private static final int LONGEST_BODY = 1 << 20;

  /** What has been sent and not read: of a connection of HTTP/2, and of a request on it. */
  private static final int CONNECTION_WINDOW = 256 << 10;

  private static final int STREAM_WINDOW = 128 << 10;
  private static final int SMALLEST_READ = 512;
  private static final int FIRST_READ = 8 << 10;
  private static final int LARGEST_READ = 32 << 10;
  private static final int LONGEST_REQUEST_LINE = 8 << 10;
  private static final int LONGEST_HEADERS = 16 << 10;

  /** The addresses that orchestrators and load balancers ask. These callers share one address. */
  private static final Set<String> PROBES = Set.of("/livez", "/readyz");

  /** A page loads a score of files at once, which are small and in memory. */
  private static final String CONSOLE = "/console/";

  private static final Duration QUIET_BEFORE_STOP = Duration.ofMillis(50);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(10);

  private final Server server;
  private final RequestBodies bodies;

  private GatewayServer(Server server, RequestBodies bodies) {
    this.server = server;
    this.bodies = bodies;
  }

  /**
   * Starts to serve with standard limits, and measures nothing.
   *
   * @throws IllegalStateException where the port is taken
   */
  public static GatewayServer start(String host, int port, List<Routes> routes) {
    return start(host, port, routes, HttpService::serve);
  }

  /** The same, with {@code metrics} that see every request. */
  public static GatewayServer start(
      String host, int port, List<Routes> routes, DecoratingHttpServiceFunction metrics) {
    return start(host, port, routes, metrics, new ClientAddress(List.of()), ServerLimits.STANDARD);
  }

  /**
   * Starts to serve.
   *
   * @param metrics sees every request
   * @param clientAddress tells apart who shares a limit
   * @throws IllegalStateException where the port is taken
   */
  public static GatewayServer start(
      String host,
      int port,
      List<Routes> routes,
      DecoratingHttpServiceFunction metrics,
      ClientAddress clientAddress,
      ServerLimits limits) {
    ServerBuilder builder =
        Server.builder()
            .http(new InetSocketAddress(host, port))
            .errorHandler(new ProblemErrors())
            // It logs what is to be logged itself: an answer to a client's mistake is not.
            .unloggedExceptionsReportInterval(Duration.ZERO)
            .disableServerHeader()
            .defaultHostname(HostCheck.MISSING)
            .maxNumConnections(MOST_CONNECTIONS)
            .childChannelOption(ChannelOption.RCVBUF_ALLOCATOR, smallReads())
            .idleTimeout(IDLE_TIMEOUT)
            .http1MaxInitialLineLength(LONGEST_REQUEST_LINE)
            .http1MaxHeaderSize(LONGEST_HEADERS)
            .http2MaxHeaderListSize(LONGEST_HEADERS)
            .http2MaxStreamsPerConnection(MOST_STREAMS)
            .http2InitialConnectionWindowSize(CONNECTION_WINDOW)
            .http2InitialStreamWindowSize(STREAM_WINDOW)
            .maxRequestLength(LONGEST_BODY)
            .requestTimeout(limits.requestTimeout())
            .requestAutoAbortDelay(REST_OF_REFUSED)
            .childChannelPipelineCustomizer(
                pipeline ->
                    pipeline.addFirst(
                        new SlowHeaderGuard(limits.headersTimeout()), new ResetStreamGuard()))
            .gracefulShutdownTimeout(QUIET_BEFORE_STOP, LONGEST_STOP);
    builder.decorator(
        (service, context, request) -> {
          SlowHeaderGuard.serving(context);
          return service.serve(context, request);
        });
    routes.forEach(part -> part.addTo(builder));
    builder.decorator(rates(limits, clientAddress));
    // Whatever refuses a request is within this one, which drops the body.
    RequestBodies bodies = new RequestBodies(limits.bodyBytes(), clientAddress);
    builder.decorator(bodies);
    builder.decorator(new HostCheck());
    builder.decorator(new RequestContextDecorator());
    builder.decorator(metrics);
    Server server = builder.build();
    requireStreamedBodies(server);
    try {
      server.start().join();
    } catch (CompletionException taken) {
      throw new IllegalStateException("Port %d is taken.".formatted(port), taken);
    }
    return new GatewayServer(server, bodies);
  }

  /** A thread serves many connections in turn: none keeps it for longer than one read. */
  private static RecvByteBufAllocator smallReads() {
    return new AdaptiveRecvByteBufAllocator(SMALLEST_READ, FIRST_READ, LARGEST_READ)
        .maxMessagesPerRead(1);
  }

  /** A caller that has proved who it is has a limit of its own, too. */
  private static DecoratingHttpServiceFunction rates(
      ServerLimits limits, ClientAddress clientAddress) {
    RateLimit requests =
        new RateLimit("requests", limits.requestsPerSecond(), 2 * limits.requestsPerSecond());
    RateLimit strangersCalls = limits.calls();
    return (service, context, request) -> {
      if (!PROBES.contains(context.path())) {
        String network = clientAddress.networkOf(context);
        requests.take(network);
        if (request.method() != HttpMethod.POST
            && !context.path().startsWith(CONSOLE)
            && !request.headers().contains(HttpHeaderNames.AUTHORIZATION)
            && !request.headers().contains("x-api-key")
            && !request.headers().contains(HttpHeaderNames.COOKIE)) {
          strangersCalls.take(network);
        }
      }
      return service.serve(context, request);
    };
  }

  private static void requireStreamedBodies(Server server) {
    for (ServiceConfig config : server.serviceConfigs()) {
      HttpService service = config.service();
      if (service.as(AnnotatedService.class) != null && service.as(StreamedBody.class) == null) {
        throw new IllegalStateException(
            "The service at %s must be decorated with StreamedBody."
                .formatted(config.route().patternString()));
      }
    }
  }

  /** How much more the bodies of requests may have now. */
  long freeBodyBytes() {
    return bodies.free();
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
