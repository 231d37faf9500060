package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.StorableText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts failures in {@code issues}, by why they happened, and in {@code issue_hours}. All writers
 * share these rows: so it comes last, and takes them in the order of their keys.
 */
final class IssueStatement {
  private static final String HOURS =
      """
      INSERT INTO issue_hours AS old (tenant_id, fingerprint, hour, failures)
      SELECT * FROM unnest(?::text[], ?::text[], ?::timestamptz[], ?::bigint[])
      ON CONFLICT (tenant_id, fingerprint, hour) DO UPDATE SET
        failures = old.failures + EXCLUDED.failures
      """;

  private static final String IS_NEWER = "EXCLUDED.last_failed_at >= old.last_failed_at";

  private static final String REOPENS =
      "old.state = 'RESOLVED' AND EXCLUDED.last_failed_at"
          + " > coalesce(old.changed_at, '-infinity')";

  private static final String ISSUES =
      """
      INSERT INTO issues AS old (
        tenant_id, fingerprint, source, stage, error_class, error_message, event_type, failures,
        first_failed_at, last_failed_at, first_release, last_release)
      SELECT
        tenant_id, fingerprint, source, stage, error_class, error_message, event_type, failures,
        first_failed_at, last_failed_at, release, release
      FROM unnest(
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[],
        ?::timestamptz[], ?::timestamptz[], ?::text[])
      AS new (
        tenant_id, fingerprint, source, stage, error_class, error_message, event_type, failures,
        first_failed_at, last_failed_at, release)
      ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET
        failures = old.failures + EXCLUDED.failures,
        first_failed_at = least(old.first_failed_at, EXCLUDED.first_failed_at),
        last_failed_at = greatest(old.last_failed_at, EXCLUDED.last_failed_at),
        error_message = CASE WHEN %1$s THEN EXCLUDED.error_message ELSE old.error_message END,
        event_type = CASE WHEN %1$s THEN EXCLUDED.event_type ELSE old.event_type END,
        last_release = CASE WHEN %1$s THEN EXCLUDED.last_release ELSE old.last_release END,
        state = CASE WHEN %2$s THEN 'OPEN' ELSE old.state END,
        reopened = CASE WHEN %2$s THEN old.reopened + 1 ELSE old.reopened END,
        reopened_at = CASE WHEN %2$s THEN EXCLUDED.last_failed_at ELSE old.reopened_at END,
        reopened_in = CASE WHEN %2$s THEN EXCLUDED.last_release ELSE old.reopened_in END
      """
          .formatted(IS_NEWER, REOPENS);

  private IssueStatement() {}

  /** What failures are counted by. */
  private record Key(String tenant, String fingerprint) implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::tenant).thenComparing(Key::fingerprint);

    static Key of(DeadLetter letter) {
      return new Key(letter.event().tenantId(), letter.fingerprint());
    }

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }
  }

  /** Failures of one hour. */
  private record Hour(Key key, Instant hour) implements Comparable<Hour> {
    private static final Comparator<Hour> ORDER =
        Comparator.comparing(Hour::key).thenComparing(Hour::hour);

    @Override
    public int compareTo(Hour other) {
      return ORDER.compare(this, other);
    }
  }

  /** Failures of a batch with one reason. */
  private record Failures(DeadLetter newest, long count, Instant first) {
    static Failures of(DeadLetter letter) {
      return new Failures(letter, 1, letter.failedAt());
    }

    Failures and(Failures other) {
      return new Failures(
          newest.failedAt().isAfter(other.newest.failedAt()) ? newest : other.newest,
          count + other.count,
          first.isBefore(other.first) ? first : other.first);
    }
  }

  /** Counts the failures of {@code letters}. */
  static void execute(Connection connection, List<DeadLetter> letters) throws SQLException {
    Map<Key, Failures> issues = new TreeMap<>();
    Map<Hour, Long> hours = new TreeMap<>();
    for (DeadLetter letter : letters) {
      Key key = Key.of(letter);
      issues.merge(key, Failures.of(letter), Failures::and);
      hours.merge(new Hour(key, letter.failedAt().truncatedTo(ChronoUnit.HOURS)), 1L, Long::sum);
    }
    writeHours(connection, List.copyOf(hours.entrySet()));
    writeIssues(connection, new ArrayList<>(issues.entrySet()));
  }

  private static void writeHours(Connection connection, List<Map.Entry<Hour, Long>> rows)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HOURS)) {
      BatchParameters batch = new BatchParameters(statement, rows.size());
      batch.texts(i -> rows.get(i).getKey().key.tenant);
      batch.texts(i -> rows.get(i).getKey().key.fingerprint);
      batch.times(i -> rows.get(i).getKey().hour);
      batch.longs(i -> rows.get(i).getValue());
      statement.executeUpdate();
    }
  }

  private static void writeIssues(Connection connection, List<Map.Entry<Key, Failures>> rows)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ISSUES)) {
      BatchParameters batch = new BatchParameters(statement, rows.size());
      batch.texts(i -> rows.get(i).getKey().tenant);
      batch.texts(i -> rows.get(i).getKey().fingerprint);
      batch.texts(i -> rows.get(i).getValue().newest.event().source());
      batch.texts(i -> rows.get(i).getValue().newest.stage());
      batch.texts(i -> rows.get(i).getValue().newest.errorClass().name());
      batch.texts(i -> StorableText.of(rows.get(i).getValue().newest.errorMessage()));
      batch.texts(i -> rows.get(i).getValue().newest.event().eventType().orElse(null));
      batch.longs(i -> rows.get(i).getValue().count);
      batch.times(i -> rows.get(i).getValue().first);
      batch.times(i -> rows.get(i).getValue().newest.failedAt());
      batch.texts(i -> PipelineVersion.TEXT);
      statement.executeUpdate();
    }
  }
}
