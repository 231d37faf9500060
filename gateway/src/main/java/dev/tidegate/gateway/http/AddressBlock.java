package dev.tidegate.gateway.http;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A block of IPv4 or IPv6 addresses in CIDR notation. An IPv4-mapped IPv6 address ({@code
 * ::ffff:192.0.2.1}) is the IPv4 address.
 */
public final class AddressBlock {
  private static final int MAPPED_BITS = 96;

  private final byte[] network;
  private final int bits;

  private AddressBlock(byte[] network, int bits) {
    this.network = network;
    this.bits = bits;
  }

  /**
   * The block that {@code text} names: an address, or one with {@code /} and the number of its
   * leading bits that count.
   *
   * @throws IllegalArgumentException where it is neither; names of hosts are not looked up
   */
  public static AddressBlock parse(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    InetAddress address =
        address(literal)
            .orElseThrow(() -> new IllegalArgumentException("not an address: " + literal));
    byte[] network = address.getAddress();
    // Java takes an IPv4-mapped address for the IPv4 address that it is.
    int lost = address instanceof Inet4Address && literal.contains(":") ? MAPPED_BITS : 0;
    int bits = network.length * Byte.SIZE;
    if (slash >= 0) {
      String length = text.substring(slash + 1);
      int given = length.matches("[0-9]{1,3}") ? Integer.parseInt(length) - lost : -1;
      if (given < 0 || given > bits) {
        throw new IllegalArgumentException("not the length of a block's prefix: " + text);
      }
      bits = given;
    }
    return new AddressBlock(network, bits);
  }

  /** The address that {@code literal} is; empty for anything else, names among it. */
  static Optional<InetAddress> address(String literal) {
    @Nullable InetAddress address = NetUtil.createInetAddressFromIpAddressString(literal);
    return Optional.ofNullable(address);
  }

  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += Byte.SIZE) {
      int mask = bits - bit >= Byte.SIZE ? 0xFF : 0xFF << (Byte.SIZE - (bits - bit));
      if (((bytes[bit / Byte.SIZE] ^ network[bit / Byte.SIZE]) & mask & 0xFF) != 0) {
        return false;
      }
    }
    return true;
  }
}
