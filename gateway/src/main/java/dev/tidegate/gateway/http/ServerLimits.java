package dev.tidegate.gateway.http;

import java.time.Duration;

/**
 * What clients may use of a server.
 *
 * @param bodyBytes memory for the bodies of all requests that are being read or worked for
 * @param requestsPerSecond of an address, on average; twice as many at once
 * @param callsPerSecond of a caller that reads or operates, or of an address that shows no
 *     credential, on average; five times as many at once
 * @param headersTimeout from a request's first byte to its headers' end
 * @param requestTimeout from there to its answer's last byte, but for {@code ?wait}
 */
public record ServerLimits(
    long bodyBytes,
    int requestsPerSecond,
    int callsPerSecond,
    Duration headersTimeout,
    Duration requestTimeout) {
  private static final long LEAST_BODY_BYTES = 32L << 20;
  private static final long MOST_BODY_BYTES = 1L << 30;

  /** A quarter of the heap for bodies, and what no client that works comes near. */
  public static final ServerLimits STANDARD =
      new ServerLimits(
          Math.min(
              MOST_BODY_BYTES, Math.max(LEAST_BODY_BYTES, Runtime.getRuntime().maxMemory() / 4)),
          10_000,
          200,
          Duration.ofSeconds(10),
          Duration.ofSeconds(30));

  /**
   * @throws IllegalArgumentException if a limit allows nothing
   */
  public ServerLimits {
    if (bodyBytes < 1 || requestsPerSecond < 1 || callsPerSecond < 1) {
      throw new IllegalArgumentException("The limits of the server must all be at least 1.");
    }
  }

  /** The limit of calls, for one kind of callers. */
  public RateLimit calls() {
    return new RateLimit("requests", callsPerSecond, 5 * callsPerSecond);
  }

  public ServerLimits withBodyBytes(long bytes) {
    return new ServerLimits(
        bytes, requestsPerSecond, callsPerSecond, headersTimeout, requestTimeout);
  }

  public ServerLimits withRates(int requests, int calls) {
    return new ServerLimits(bodyBytes, requests, calls, headersTimeout, requestTimeout);
  }

  public ServerLimits withTimeouts(Duration headers, Duration request) {
    return new ServerLimits(bodyBytes, requestsPerSecond, callsPerSecond, headers, request);
  }
}
