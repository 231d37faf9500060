package dev.tidegate.gateway.relay;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which of PostgreSQL's sessions were there before what. A snapshot means something only as long as
 * the server has not crashed or changed: then the numbers of transactions that were under way are
 * given again. A session that was there before the snapshot, and still is, proves that.
 */
final class KnownSessions {
  /** More than a relay has at a time. One that is forgotten counts as new, which does no harm. */
  private static final int MOST = 100;

  private final Map<String, Long> firstSeen =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MOST;
        }
      };

  private long now;

  /** When {@code session} was first seen, on the clock of {@link #now}. */
  synchronized long firstSeen(String session) {
    return firstSeen.computeIfAbsent(session, unknown -> ++now);
  }

  /** A time before which all sessions that are known now were seen. */
  synchronized long now() {
    return now;
  }
}
