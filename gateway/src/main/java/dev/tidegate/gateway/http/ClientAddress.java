package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.util.InetAddressPredicates;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Finds out which address a request comes from. */
public final class ClientAddress {
  private static final Pattern BLOCK = Pattern.compile("([0-9a-fA-F:.]+)(/[0-9]{1,3})?");

  /** The block that one customer of IPv6 gets; its addresses are free. */
  private static final int NETWORK_BYTES = 8;

  private final List<Predicate<InetAddress>> trustedProxies;

  /**
   * @param trustedProxies CIDR blocks of proxies whose {@code X-Forwarded-For} is believed
   * @throws IllegalArgumentException where one is no such block
   */
  public ClientAddress(List<String> trustedProxies) {
    this.trustedProxies = trustedProxies.stream().map(ClientAddress::block).toList();
  }

  /**
   * The addresses of a block in CIDR notation, or one address. An IPv4-mapped IPv6 address is the
   * IPv4 address.
   *
   * @throws IllegalArgumentException where it is neither; names of hosts are not looked up
   */
  public static Predicate<InetAddress> block(String text) {
    var parts = BLOCK.matcher(text);
    @Nullable InetAddress address = parts.matches() ? address(parts.group(1)) : null;
    if (address == null) {
      throw new IllegalArgumentException("not an address or a block of them: " + text);
    }
    if (parts.group(2) == null) {
      return InetAddressPredicates.ofExact(address);
    }
    int bits = Integer.parseInt(parts.group(2).substring(1));
    if (!(address instanceof Inet6Address) && text.contains(":")) {
      bits -= 96;
    }
    if (bits < 0 || bits > address.getAddress().length * Byte.SIZE) {
      throw new IllegalArgumentException("not the length of a block's prefix: " + text);
    }
    // By itself, 0.0.0.0/0 would take in all of IPv6.
    return InetAddressPredicates.ofCidr(address, bits)
        .and(other -> other.getClass() == address.getClass());
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
    if (forwardedFor.isEmpty()) {
      return peer;
    }
    String[] hops = String.join(",", forwardedFor).split(",", -1);
    InetAddress nearest = peer;
    for (int i = hops.length - 1; i >= 0 && isTrusted(nearest); i--) {
      @Nullable InetAddress before = address(withoutPort(hops[i].strip()));
      if (before == null) {
        // Nothing that a proxy would write: whoever wrote it, the last known address sent it.
        break;
      }
      nearest = before;
    }
    return nearest;
  }

  /** Who shares limits and budgets: an IPv4 address, or an IPv6 network of 64 bits. */
  public String networkOf(ServiceRequestContext context) {
    byte[] bytes = of(context).getAddress();
    return HexFormat.of().formatHex(Arrays.copyOf(bytes, Math.min(bytes.length, NETWORK_BYTES)));
  }

  private boolean isTrusted(InetAddress address) {
    return trustedProxies.stream().anyMatch(block -> block.test(address));
  }

  /** The address that {@code literal} is; null for anything else, names among it. */
  private static @Nullable InetAddress address(String literal) {
    return NetUtil.createInetAddressFromIpAddressString(literal);
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
