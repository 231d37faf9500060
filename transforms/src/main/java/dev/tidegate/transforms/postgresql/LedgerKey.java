package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Event;
import java.util.Comparator;

/**
 * The key of a row of the ledger.
 *
 * @param tenantId whose notification it is
 * @param source who sent it
 * @param notificationId the sender's ID of it
 */
record LedgerKey(String tenantId, String source, String notificationId)
    implements Comparable<LedgerKey> {
  private static final Comparator<LedgerKey> ORDER =
      Comparator.comparing(LedgerKey::tenantId)
          .thenComparing(LedgerKey::source)
          .thenComparing(LedgerKey::notificationId);

  static LedgerKey of(Event event) {
    return new LedgerKey(event.tenantId(), event.raw().source(), event.notificationId());
  }

  @Override
  public int compareTo(LedgerKey other) {
    return ORDER.compare(this, other);
  }
}
