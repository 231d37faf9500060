package dev.tidegate.transforms.refusals;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArraySet;

/**
 * What tables took and refused lately, as all threads of this JVM saw it. It tells poison from a
 * table that has changed: poison is refused while its table takes other rows.
 *
 * <p>It outlives a job's restart in the same JVM, and no more than that. Its clock counts, it does
 * not measure: what matters is what came first.
 *
 * @param <K> what a refused row or event is known by
 */
public final class RefusalHistory<K> {
  /**
   * This number of different rows that a table refuses for one reason, with no row taken between
   * them, are not bad rows: the table has changed. Fewer are given up, for nothing tells them from
   * poison.
   */
  public static final int ENOUGH = 20;

  private static final int MOST_REMEMBERED = 1_000;
  private static final Duration BETWEEN_WARNINGS = Duration.ofSeconds(30);

  private static final Set<RefusalHistory<?>> ALL = new CopyOnWriteArraySet<>();

  private long time;
  private final Map<String, Long> taken = new HashMap<>();
  private final Map<String, Map<K, Refusal>> refusals = new HashMap<>();
  private final Map<String, Problem> problems = new HashMap<>();

  /** An empty history, which reports problems from now on. */
  public RefusalHistory() {
    ALL.add(this);
  }

  /** When it was first refused, and whether it has been given up. */
  private record Refusal(long since, boolean settled) {}

  private record Problem(String table, String text, long warnedAt) {}

  /** What is wrong with tables now, in this JVM: a line each, with what to do. */
  public static List<String> problems() {
    Set<String> texts = new TreeSet<>();
    ALL.forEach(history -> history.addProblems(texts));
    return List.copyOf(texts);
  }

  private synchronized void addProblems(Set<String> texts) {
    problems.values().forEach(problem -> texts.add(problem.text));
  }

  /** The time, of which a later one is greater. */
  public synchronized long now() {
    return ++time;
  }

  /** Records that {@code tables} took rows that were offered at {@code since} or later. */
  public synchronized void took(Set<String> tables, long since) {
    tables.forEach(table -> taken.merge(table, since, Math::max));
    problems.values().removeIf(problem -> tables.contains(problem.table));
  }

  /** Forgets that {@code keys} were refused: they are written. */
  public synchronized void forget(Iterable<K> keys) {
    if (!refusals.isEmpty()) {
      for (K key : keys) {
        refusals.values().forEach(ofReason -> ofReason.remove(key));
      }
      refusals.values().removeIf(Map::isEmpty);
    }
  }

  /** Records that a row was refused, for a reason that names its table. */
  public synchronized void refused(String reason, K key) {
    refusals
        .computeIfAbsent(reason, any -> limited())
        .compute(
            key,
            (any, known) -> known == null || known.settled ? new Refusal(now(), false) : known);
  }

  /** Records that a refused row is given up. */
  public synchronized void settled(String reason, K key) {
    Map<K, Refusal> ofReason = refusals.get(reason);
    if (ofReason != null) {
      ofReason.computeIfPresent(key, (any, known) -> new Refusal(known.since, true));
    }
  }

  /** Whether the table refused enough different rows for a reason since it last took any. */
  public synchronized boolean refusedEnough(String reason, String table) {
    long last = taken.getOrDefault(table, 0L);
    return refusals.getOrDefault(reason, Map.of()).values().stream()
            .filter(refusal -> refusal.since > last)
            .count()
        >= ENOUGH;
  }

  /** Whether the table has taken others since it first refused the row: the row is at fault. */
  public synchronized boolean tookOthersSince(String reason, K key, String table) {
    Refusal refusal = refusals.getOrDefault(reason, Map.of()).get(key);
    return refusal != null && taken.getOrDefault(table, 0L) > refusal.since;
  }

  /**
   * Keeps a problem of a table in mind, until the table takes a row.
   *
   * @return whether it is time to warn of it
   */
  public synchronized boolean warn(String table, String reason, String text) {
    long now = System.nanoTime();
    Problem known = problems.get(reason);
    boolean due = known == null || now - known.warnedAt > BETWEEN_WARNINGS.toNanos();
    problems.put(reason, new Problem(table, text, due ? now : known.warnedAt));
    return due;
  }

  /** A map that forgets what it was told first. */
  private static <K, V> Map<K, V> limited() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MOST_REMEMBERED;
      }
    };
  }
}
