package dev.tidegate.gateway.http;

import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

/** The HTTP server: limits, timeouts and errors that all routes share. */
public final class GatewayServer implements AutoCloseable {
  /** From a request's first byte to its answer's last, but for {@code ?wait}. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

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
    ServerBuilder builder =
        Server.builder()
            .http(new InetSocketAddress(host, port))
            .errorHandler(new ProblemErrors())
            .maxRequestLength(1 << 20)
            .requestTimeout(REQUEST_TIMEOUT)
            .gracefulShutdownTimeout(QUIET_BEFORE_STOP, LONGEST_STOP);
    routes.forEach(part -> part.addTo(builder));
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
    server.stop().join();
  }
}
