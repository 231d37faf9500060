package dev.tidegate.gateway.events;

import com.google.common.cache.CacheBuilder;
import java.util.Map;

/**
 * The keys that were used last, and for which content: so that the same key with another event is
 * refused even before the ledger has the first. It keeps {@value #MOST} keys, and first forgets the
 * one that was used longest ago.
 */
final class RecentKeys {
  private static final int MOST = 50_000;

  /** What a key may be used for. */
  enum Claim {
    /** Nobody here has used it, or nothing has come of it yet. */
    UNKNOWN,
    /** It was accepted with the same content. */
    REPEAT,
    /** It stands for another content. */
    CONFLICT
  }

  private record Key(String tenant, String source, String notificationId) {}

  private static final class Use {
    private final String content;
    private int underWay;
    private boolean isAccepted;

    Use(String content) {
      this.content = content;
    }
  }

  private final Map<Key, Use> uses =
      CacheBuilder.newBuilder().maximumSize(MOST).<Key, Use>build().asMap();

  /**
   * Claims the key of {@code event} for its content; unless it is a conflict, {@link #settle} must
   * follow.
   */
  synchronized Claim claim(String tenant, SentEvent event) {
    String content = event.contentSha256();
    Use use = uses.computeIfAbsent(keyOf(tenant, event), key -> new Use(content));
    if (!use.content.equals(content)) {
      return Claim.CONFLICT;
    }
    use.underWay++;
    return use.isAccepted ? Claim.REPEAT : Claim.UNKNOWN;
  }

  /** Ends what {@link #claim} began. A key of which nothing was accepted is free again. */
  synchronized void settle(String tenant, SentEvent event, boolean isAccepted) {
    Key key = keyOf(tenant, event);
    Use use = uses.get(key);
    if (use != null) {
      use.underWay--;
      use.isAccepted |= isAccepted;
      if (!use.isAccepted && use.underWay <= 0) {
        uses.remove(key);
      }
    }
  }

  private static Key keyOf(String tenant, SentEvent event) {
    return new Key(tenant, event.sourceName(), event.notificationId());
  }
}
