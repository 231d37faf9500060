package dev.tidegate.gateway.config;

import dev.tidegate.gateway.http.ClientAddress;
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
    try {
      ClientAddress.block(text);
      return true;
    } catch (IllegalArgumentException neither) {
      return false;
    }
  }
}
