package dev.tidegate.gateway.configuration;

import io.netty.util.NetUtil;
import java.util.List;

/** Blocks of addresses as CIDR writes them: {@code 203.0.113.0/24}, {@code 2001:db8::/32}. */
final class AddressBlocks {
  private AddressBlocks() {}

  /** Notes each of {@code blocks}, the value of {@code key}, that is neither block nor address. */
  static void check(Section section, String key, List<String> blocks) {
    for (int i = 0; i < blocks.size(); i++) {
      if (!blocks.get(i).isEmpty() && !isBlock(blocks.get(i))) {
        section.mistake(
            key + "[" + i + "]", "must be an address or a block of them, such as 203.0.113.0/24");
      }
    }
  }

  private static boolean isBlock(String text) {
    String[] parts = text.split("/", -1);
    byte[] address = NetUtil.createByteArrayFromIpAddressString(parts[0]);
    if (address == null || parts.length > 2) {
      return false;
    }
    return parts.length == 1
        || (parts[1].matches("[0-9]{1,3}") && Integer.parseInt(parts[1]) <= address.length * 8);
  }
}
