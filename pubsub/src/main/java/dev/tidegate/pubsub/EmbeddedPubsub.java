package dev.tidegate.pubsub;

import com.google.pubsub.v1.SchemaServiceGrpc.SchemaServiceImplBase;
import com.linecorp.armeria.common.util.BlockingTaskExecutor;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.encoding.DecodingService;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.HttpJsonTranscodingOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * A Pub/Sub server in this process: the {@code google.pubsub.v1} Publisher and Subscriber, over
 * gRPC and REST on one port of the loopback interface, durable in one folder.
 *
 * <p>Delivery is at least once. Messages whose publication was answered survive a kill of the
 * process at any moment; an acknowledgement of the last tenth of a second may not, and its message
 * comes again. Errors, names and limits are the service's. It is for development: nobody is
 * authenticated, and everything is plain text.
 */
public final class EmbeddedPubsub implements AutoCloseable {
  /** As an address: a name would be looked up, and could be any. */
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  /** A publish of the largest size, in base64 and JSON. */
  private static final int LARGEST_HTTP_REQUEST = 2 * PublishLimits.REQUEST_BYTES;

  /**
   * Longer than clients keep idle connections: a POST on a connection that the server is just
   * closing fails, and clients do not repeat it.
   */
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(10);

  /** A request only computes and reads a file: no request keeps a thread while it waits. */
  private static final int REQUEST_THREADS =
      Math.max(2, Runtime.getRuntime().availableProcessors());

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);

  private static final Duration QUIET_BEFORE_STOP = Duration.ofMillis(50);
  private static final Duration LONGEST_QUIET_BEFORE_STOP = Duration.ofMillis(500);

  private final Broker broker;
  private final Server server;

  private EmbeddedPubsub(Broker broker, Server server) {
    this.broker = broker;
    this.server = server;
  }

  /**
   * Starts a server.
   *
   * @param dataFolder keeps its data; made if it is missing
   * @param port to listen on, on 127.0.0.1 only; 0 for any free one
   * @throws IOException if another process uses the folder or the port, naming which
   */
  public static EmbeddedPubsub start(Path dataFolder, int port) throws IOException {
    return start(dataFolder, port, InstantSource.system(), SWEEP_EVERY);
  }

  static EmbeddedPubsub start(Path dataFolder, int port, InstantSource clock, Duration sweepEvery)
      throws IOException {
    Broker broker = new Broker(dataFolder, clock, sweepEvery);
    Server server = server(broker, port);
    try {
      server.start().join();
    } catch (CompletionException e) {
      broker.close();
      throw new IOException(
          "The Pub/Sub server cannot listen on port " + port + ": " + e.getCause().getMessage(), e);
    }
    return new EmbeddedPubsub(broker, server);
  }

  /** The port it listens on. */
  public int port() {
    return server.activeLocalPort();
  }

  /** {@code localhost:PORT}, as {@code PUBSUB_EMULATOR_HOST} and gRPC clients want it. */
  public String endpoint() {
    return "localhost:" + port();
  }

  /**
   * What waits in a subscription, now.
   *
   * @param subscription its full name, {@code projects/PROJECT/subscriptions/ID}
   * @throws io.grpc.StatusRuntimeException NOT_FOUND if there is none, INVALID_ARGUMENT if this is
   *     no such name
   */
  public Backlog backlog(String subscription) {
    return broker.find(subscription).backlog();
  }

  /**
   * Returns everything that a subscription's subscribers hold, so that it is delivered again at
   * once: for one whose only subscriber has failed and forgotten it. An acknowledgement that still
   * comes counts.
   *
   * @param subscription its full name, as for {@link #backlog}
   */
  public void redeliver(String subscription) {
    broker.subscription(subscription).redeliver();
  }

  /** Why nothing can be published now; empty where it can. */
  public Optional<String> problem() {
    return broker.problem();
  }

  /**
   * Stops within about two seconds: waiting clients are told that the server is unavailable,
   * accepted acknowledgements are made durable, and the file is compacted as far as time allows.
   */
  @Override
  public void close() {
    broker.stopServing();
    // The broker refuses what still comes in.
    ServerStop.stop(server);
    broker.close();
  }

  private static Server server(Broker broker, int port) throws UnknownHostException {
    ErrorJson errors = new ErrorJson();
    GrpcService service =
        GrpcService.builder()
            .addService(new PublisherService(broker))
            .addService(new SubscriberService(broker))
            // Answers each call with UNIMPLEMENTED.
            .addService(new SchemaServiceImplBase() {})
            // Messages may have to be read from the file.
            .useBlockingTaskExecutor(true)
            .maxRequestMessageLength(LARGEST_HTTP_REQUEST)
            .enableHttpJsonTranscoding(
                HttpJsonTranscodingOptions.builder().errorHandler(errors).build())
            .jsonMarshallerFactory(methods -> new StrictJson())
            .build();
    return Server.builder()
        .disableServerHeader()
        .http(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port))
        .service(service, DecodingService.newDecorator())
        // Of its own: in the one that the gateway shares, its requests might wait for each other.
        .blockingTaskExecutor(
            BlockingTaskExecutor.builder()
                .numThreads(REQUEST_THREADS)
                .threadNamePrefix("pubsub-request")
                .build(),
            true)
        .errorHandler(errors)
        // Streams last as long as their clients.
        .requestTimeoutMillis(0)
        .idleTimeout(IDLE_TIMEOUT)
        // Time for the last answers to leave.
        .gracefulShutdownTimeout(QUIET_BEFORE_STOP, LONGEST_QUIET_BEFORE_STOP)
        .maxRequestLength(LARGEST_HTTP_REQUEST)
        // Unlimited: a client whose calls run into their deadlines resets them all, and the default
        // of 200 in half a minute would then close its connection, with its streams.
        .http2MaxResetFramesPerWindow(0, 0)
        // Nor a warning for each of them: services answer their errors to their clients.
        .unloggedExceptionsReportInterval(Duration.ZERO)
        .build();
  }
}
