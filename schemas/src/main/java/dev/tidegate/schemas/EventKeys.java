package dev.tidegate.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The values by which events are found in the ledger, besides their IDs: values such as a
 * container's number, and the rows that they say something of. The ledger's column {@code
 * about_index} holds their hashes.
 */
public final class EventKeys {
  /** The most keys of an event. */
  public static final int MOST = 10;

  private static final int LONGEST = 200;

  /** It has to be the same for ever; thirteen SHA-256 of each event took a tenth of its writing. */
  private static final XXHash64 HASH = XXHashFactory.fastestJavaInstance().hash64();

  private EventKeys() {}

  /**
   * Those of {@code keys} that an event can be found by, at most {@link #MOST}, without the spaces
   * around them. A value that is empty, longer than 200 characters, or cannot be stored by
   * PostgreSQL does not count.
   *
   * @param keys values by their names
   */
  public static SortedMap<String, String> bounded(Map<String, String> keys) {
    if (keys.isEmpty()) {
      return Collections.emptySortedMap();
    }
    SortedMap<String, String> bounded = new TreeMap<>();
    keys.forEach(
        (name, value) -> {
          String stripped = value.strip();
          if (bounded.size() < MOST && isKey(stripped) && isKey(name)) {
            bounded.put(name, stripped);
          }
        });
    return Collections.unmodifiableSortedMap(bounded);
  }

  private static boolean isKey(String text) {
    return !text.isEmpty() && text.length() <= LONGEST && StorableText.isStorable(text);
  }

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
    byte[] text = (tenant + '\n' + table + '\n' + key).getBytes(StandardCharsets.UTF_8);
    return HASH.hash(text, 0, text.length, 0);
  }
}
