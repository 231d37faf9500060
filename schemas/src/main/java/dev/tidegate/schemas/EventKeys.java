package dev.tidegate.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * What events are found by in the ledger, beside their IDs: values such as a container's number,
 * and the rows that they say something of. The ledger's column {@code about_index} holds their
 * hashes.
 */
public final class EventKeys {
  private EventKeys() {}

  /** The hash of a value that an event of {@code tenant} is about; its case does not count. */
  public static long ofValue(String tenant, String value) {
    return hash(tenant, "", value.strip().toLowerCase(Locale.ROOT));
  }

  /**
   * The hash of a row that an event of {@code tenant} says something of.
   *
   * @param key the parts of the row's key, without the tenant
   */
  public static long ofRow(String tenant, String table, List<String> key) {
    return hash(tenant, table, String.join("\n", key));
  }

  /** Of 64 bits: two keys of a tenant with one hash only make a search find too much. */
  private static long hash(String tenant, String table, String key) {
    String text = String.join("\n", tenant, table, key);
    return ByteBuffer.wrap(Sha256.of(text.getBytes(StandardCharsets.UTF_8))).getLong();
  }
}
