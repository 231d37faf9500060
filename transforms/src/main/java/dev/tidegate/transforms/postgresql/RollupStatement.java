package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import dev.tidegate.schemas.LatencyBuckets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Adds the attempts of a batch to the figures of the minute, in {@code event_rollups}. Each writer
 * has rows of its own, so that none waits for another. Two workers may hit on one number: then they
 * wait for each other's commit, and in the order of the keys.
 */
final class RollupStatement {
  /** The columns that count something. */
  static final List<String> FIGURES =
      Stream.concat(Stream.of("events", "millis_sum"), LatencyBuckets.COLUMNS.stream()).toList();

  private static final String SQL =
      """
      INSERT INTO event_rollups AS old (
        tenant_id, source, event_type, status, minute, writer, %1$s)
      SELECT
        tenant_id, source, event_type, status,
        date_trunc('minute', statement_timestamp(), 'UTC'), ?, %1$s
      FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], %2$s)
        AS new (tenant_id, source, event_type, status, %1$s)
      ON CONFLICT (tenant_id, minute, source, event_type, status, writer) DO UPDATE SET %3$s
      """
          .formatted(
              String.join(", ", FIGURES),
              FIGURES.stream().map(figure -> "?::bigint[]").collect(joining(", ")),
              FIGURES.stream()
                  .map(figure -> "%1$s = old.%1$s + EXCLUDED.%1$s".formatted(figure))
                  .collect(joining(", ")));

  /** Workers begin anywhere, so that they hardly ever have one number. */
  private static final AtomicInteger NEXT_WRITER =
      new AtomicInteger(ThreadLocalRandom.current().nextInt());

  private final short writer = (short) NEXT_WRITER.getAndIncrement();

  /** What attempts are counted by. */
  private record Key(String tenant, String source, String type, Attempt.Outcome status)
      implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::tenant)
            .thenComparing(Key::source)
            .thenComparing(Key::type)
            .thenComparing(Key::status);

    static Key of(Attempt attempt) {
      return new Key(
          attempt.event().tenantId(),
          attempt.event().source(),
          attempt.knownType(),
          attempt.outcome());
    }

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }
  }

  /** Adds {@code attempts}: the last statement but for those whose rows all writers share. */
  void execute(Connection connection, List<Attempt> attempts) throws SQLException {
    if (attempts.isEmpty()) {
      return;
    }
    Instant now = Instant.now();
    Map<Key, long[]> figures = new TreeMap<>();
    for (Attempt attempt : attempts) {
      add(figures.computeIfAbsent(Key.of(attempt), key -> new long[FIGURES.size()]), attempt, now);
    }
    List<Map.Entry<Key, long[]>> rows = new ArrayList<>(figures.entrySet());
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setShort(1, writer);
      BatchParameters batch = new BatchParameters(statement, rows.size(), 1);
      batch.texts(i -> rows.get(i).getKey().tenant());
      batch.texts(i -> rows.get(i).getKey().source());
      batch.texts(i -> rows.get(i).getKey().type());
      batch.texts(i -> rows.get(i).getKey().status().name());
      for (int figure = 0; figure < FIGURES.size(); figure++) {
        int place = figure;
        batch.longs(i -> rows.get(i).getValue()[place]);
      }
      statement.executeUpdate();
    }
  }

  private static void add(long[] figures, Attempt attempt, Instant now) {
    figures[0]++;
    // What a replay reads from the archive and writes itself was published long ago.
    if (!attempt.isReplay()
        || !attempt.event().publishTime().equals(attempt.event().originalPublishTime())) {
      long millis = Math.max(0, Duration.between(attempt.event().publishTime(), now).toMillis());
      figures[1] += millis;
      figures[2 + LatencyBuckets.of(millis)]++;
    }
  }
}
