package dev.tidegate.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports on the loopback interface. */
final class Port {
  private Port() {}

  /**
   * {@code requested}, found free, or a free one where it is 0.
   *
   * @param option the option that chose it, for the message
   * @throws LocalSystemException where it is taken
   */
  static int free(int requested, String option) {
    try (ServerSocket socket = new ServerSocket(requested, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException taken) {
      throw new LocalSystemException(
          "Port %d is taken. Free it, or choose another with %s (0 picks a free one)"
              .formatted(requested, option),
          taken);
    }
  }
}
