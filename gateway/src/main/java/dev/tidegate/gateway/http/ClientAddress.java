package dev.tidegate.gateway.http;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Finds out which address a request comes from. */
public final class ClientAddress {
  private final List<String> trustedProxies;

  /**
   * @param trustedProxies CIDR blocks of proxies whose {@code X-Forwarded-For} is believed
   */
  public ClientAddress(List<String> trustedProxies) {
    this.trustedProxies = List.copyOf(trustedProxies);
  }

  /**
   * The nearest address that is no trusted proxy's: the peer's, or the last one in {@code
   * X-Forwarded-For} that a trusted proxy has added.
   */
  public InetAddress of(ServiceRequestContext context) {
    if (trustedProxies.isEmpty()) {
      return ((InetSocketAddress) context.remoteAddress()).getAddress();
    }
    throw new UnsupportedOperationException("not written yet");
  }
}
