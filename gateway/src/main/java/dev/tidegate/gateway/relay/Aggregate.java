package dev.tidegate.gateway.relay;

import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;

/** What events are about. Those of one aggregate are published in their order. */
record Aggregate(String tenant, String name) {
  /** Pub/Sub takes no longer keys. */
  private static final int LONGEST_KEY_BYTES = 1_024;

  /** The ordering key of its messages. */
  String orderingKey() {
    String key = tenant + "/" + name;
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= LONGEST_KEY_BYTES ? key : Sha256.hexOf(bytes);
  }
}
