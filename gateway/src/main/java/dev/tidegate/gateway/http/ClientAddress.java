package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** Finds out which address a request comes from. */
public final class ClientAddress {
  private final List<AddressBlock> trustedProxies;

  /**
   * @param trustedProxies CIDR blocks of proxies whose {@code X-Forwarded-For} is believed
   * @throws IllegalArgumentException where one is no such block
   */
  public ClientAddress(List<String> trustedProxies) {
    this.trustedProxies = trustedProxies.stream().map(AddressBlock::parse).toList();
  }

  /**
   * The nearest address that is no trusted proxy's: the peer's, or the last one in {@code
   * X-Forwarded-For} that a trusted proxy has added. What stands left of it anyone may have
   * written.
   */
  public InetAddress of(ServiceRequestContext context) {
    InetAddress peer = ((InetSocketAddress) context.remoteAddress()).getAddress();
    return of(peer, context.request().headers().getAll(HttpHeaderNames.X_FORWARDED_FOR));
  }

  InetAddress of(InetAddress peer, List<String> forwardedFor) {
    String[] hops = String.join(",", forwardedFor).split(",", -1);
    InetAddress nearest = peer;
    for (int i = hops.length - 1; i >= 0 && isTrusted(nearest); i--) {
      Optional<InetAddress> before = AddressBlock.address(withoutPort(hops[i].strip()));
      if (before.isEmpty()) {
        // Nothing that a proxy would write: whoever wrote it, the last known address sent it.
        break;
      }
      nearest = before.get();
    }
    return nearest;
  }

  private boolean isTrusted(InetAddress address) {
    return trustedProxies.stream().anyMatch(block -> block.contains(address));
  }

  /** Some proxies add the port: {@code 192.0.2.1:4711}, {@code [2001:db8::1]:4711}. */
  private static String withoutPort(String hop) {
    int colon = hop.indexOf(':');
    if (hop.startsWith("[")) {
      int bracket = hop.indexOf(']');
      return bracket < 0 ? hop : hop.substring(1, bracket);
    }
    return colon >= 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
  }
}
