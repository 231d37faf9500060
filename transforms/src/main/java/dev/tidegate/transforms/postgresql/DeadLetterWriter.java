package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.LedgerStatement.takeOver;
import static java.util.stream.Collectors.joining;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.EventSources;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Keeps dead letters in {@code event_dead_letters}, with the original body, and records them in the
 * ledger, where they never take the place of a processed event. A repeat of the same letter counts
 * as one more attempt.
 */
public final class DeadLetterWriter {
  private static final String LETTER =
      """
      INSERT INTO event_dead_letters AS old (
        tenant_id, source, notification_id, body_sha256, content_sha256, stage, event_type,
        error_class, error_message, fingerprint, stack_trace, handler_version, message_id, published_at,
        received_at, failed_at, attributes, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?)
      ON CONFLICT (tenant_id, source, notification_id, content_sha256, stage) DO UPDATE SET
        attempts = old.attempts + 1,
        -- A late repeat does not undo what an operator did, nor does a rebuild from the archive:
        -- only the failure of the letter's own replay opens it again.
        status = CASE
          WHEN jsonb_exists(EXCLUDED.attributes, 'dead_letter_id') THEN 'OPEN'
          ELSE old.status END,
        -- The archive has just been told that it failed, and is told again that it does not matter.
        discarded_at = CASE
          WHEN old.status = 'DISCARDED'
            AND NOT jsonb_exists(EXCLUDED.attributes, 'dead_letter_id') THEN clock_timestamp()
          ELSE old.discarded_at END,
        error_class = EXCLUDED.error_class,
        error_message = EXCLUDED.error_message,
        fingerprint = EXCLUDED.fingerprint,
        stack_trace = EXCLUDED.stack_trace,
        handler_version = EXCLUDED.handler_version,
        failed_at = EXCLUDED.failed_at
      """;

  /** Of two bodies that failed, the row tells of the newer throughout. */
  private static final String LEDGER =
      """
      INSERT INTO events AS old (
        tenant_id, source, notification_id, event_id, event_type, subject, status, version,
        received_at, published_at, processed_at, latency_ms, error_class, error_message,
        signature_valid, request_id, attributes, about, about_index)
      VALUES (
        ?, ?, ?, ?, ?, ?, 'DEAD_LETTER', ?, ?, ?, clock_timestamp(),
        extract(epoch FROM clock_timestamp() - ?::timestamptz) * 1000, ?, ?, ?, ?, ?::jsonb,
        ?::jsonb, ?::bigint[])
      ON CONFLICT (tenant_id, source, notification_id) DO UPDATE SET
        attempts = old.attempts + 1,
        %s
      WHERE old.status = 'DEAD_LETTER'
      """
          .formatted(
              Stream.concat(
                      Stream.of("error_class", "error_message")
                          .map(column -> takeOver(column, "EXCLUDED.version >= old.version")),
                      Stream.of(
                              "event_type",
                              "subject",
                              "version",
                              "received_at",
                              "published_at",
                              "processed_at",
                              "latency_ms",
                              "signature_valid",
                              "request_id",
                              "attributes",
                              "about",
                              "about_index")
                          .map(column -> takeOver(column, "EXCLUDED.version > old.version")))
                  .collect(joining(",\n  ")));

  /**
   * The letters that count as repeats. A letter that is there is no new failure, unless its replay
   * has failed; and that counts once, although a crash may bring the message again.
   */
  private static final String REPEATS =
      """
      SELECT number
      FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
        WITH ORDINALITY
        AS new (tenant_id, source, notification_id, content_sha256, stage, replay_id, number)
      WHERE CASE WHEN replay_id IS NULL
        THEN EXISTS (
          SELECT FROM event_dead_letters
          JOIN (SELECT new.*) AS same
            USING (tenant_id, source, notification_id, content_sha256, stage))
        ELSE EXISTS (
          SELECT FROM event_attempts AS attempt
          JOIN (SELECT new.*) AS same USING (tenant_id, source, notification_id, stage, replay_id)
          WHERE attempt.outcome = 'DEAD_LETTER')
        END
      """;

  private static final Comparator<DeadLetter> ORDER =
      Comparator.<DeadLetter, String>comparing(letter -> letter.event().tenantId())
          .thenComparing(letter -> letter.event().source())
          .thenComparing(letter -> letter.event().identity())
          .thenComparing(letter -> letter.event().contentSha256())
          .thenComparing(DeadLetter::stage);

  private final ConnectionPool pool;
  private final TransientRetry retry;
  private final EventSources sources;
  private final RollupStatement rollups = new RollupStatement();

  /**
   * @param sources know the types that figures are kept of, and what letters are found by
   */
  public DeadLetterWriter(ConnectionPool pool, TransientRetry retry, EventSources sources) {
    this.pool = pool;
    this.retry = retry;
    this.sources = sources;
  }

  /**
   * A letter that the database does not take.
   *
   * @param reason what may be told of it: no values
   */
  public record Refused(DeadLetter letter, String reason) {}

  /**
   * Writes {@code letters} in one transaction, or where the database refuses some of them, so that
   * the others are kept. Of a letter whose ledger row is refused the letter is kept. What is
   * refused all the same is in the archive and on the topic, and holds up nothing.
   *
   * @return the letters that are not kept
   * @throws SQLException where the database is away, or its tables are not as they should be, for
   *     longer than the retries last
   */
  public List<Refused> write(List<DeadLetter> letters) throws SQLException {
    List<DeadLetter> sorted = new ArrayList<>(letters);
    sorted.sort(ORDER);
    Bisection<DeadLetter> all = bisect(sorted, true);
    if (all.refused().isEmpty()) {
      return List.of();
    }
    Bisection<DeadLetter> withoutLedger =
        bisect(all.refused().stream().map(Bisection.Refused::item).toList(), false);
    boolean tablesAreReady = !all.written().isEmpty() || !withoutLedger.written().isEmpty();
    List<Refused> refused = new ArrayList<>();
    for (Bisection.Refused<DeadLetter> one : withoutLedger.refused()) {
      refused.add(refused(one, tablesAreReady));
    }
    return refused;
  }

  private Bisection<DeadLetter> bisect(List<DeadLetter> letters, boolean withLedger)
      throws SQLException {
    Duration patience = pool.configuration().batchTimeout();
    Bisection<DeadLetter> bisection =
        new Bisection<>(
            part -> retry.run(pool, patience, connection -> write(connection, part, withLedger)));
    bisection.write(letters);
    bisection.tryAgain(retry);
    if (!bisection.untried().isEmpty()) {
      throw new SQLTimeoutException("dead letters take too long to write", "57014");
    }
    return bisection;
  }

  private static Refused refused(Bisection.Refused<DeadLetter> one, boolean tablesAreReady)
      throws SQLException {
    String reason = SqlFailure.describe(one.failure());
    if (!tablesAreReady && !SqlFailure.isPermanent(one.failure())) {
      throw new SQLException(reason, one.failure().getSQLState());
    }
    return new Refused(one.item(), reason);
  }

  /** The ledger first, as where events are written: two that meet wait in the same order. */
  private void write(Connection connection, List<DeadLetter> letters, boolean withLedger)
      throws SQLException {
    if (withLedger) {
      try (PreparedStatement statement = connection.prepareStatement(LEDGER)) {
        for (DeadLetter letter : letters) {
          if (isOfTheLedger(letter)) {
            bindLedger(statement, letter);
            statement.addBatch();
          }
        }
        statement.executeBatch();
      }
    }
    List<Attempt> attempts = attempts(connection, letters);
    try (PreparedStatement statement = connection.prepareStatement(LETTER)) {
      for (DeadLetter letter : letters) {
        bindLetter(statement, letter);
        statement.addBatch();
      }
      statement.executeBatch();
    }
    AttemptStatement.execute(
        connection,
        attempts.stream().map(attempt -> attempt.with(Attempt.Outcome.DEAD_LETTER)).toList());
    rollups.execute(
        connection,
        attempts.stream().filter(attempt -> isOfTheLedger(attempt.letter().get())).toList());
    IssueStatement.execute(connection, letters);
  }

  /** What the archive refused may have been processed all the same. */
  private static boolean isOfTheLedger(DeadLetter letter) {
    return letter.errorClass() != ErrorClass.ARCHIVE_REJECTED;
  }

  /** The attempts that {@code letters} tell of; repeats of a letter are duplicates. */
  private List<Attempt> attempts(Connection connection, List<DeadLetter> letters)
      throws SQLException {
    List<Attempt> attempts = new ArrayList<>(letters.size());
    Set<Integer> repeats = repeats(connection, letters);
    for (int i = 0; i < letters.size(); i++) {
      DeadLetter letter = letters.get(i);
      // They are sorted: those of one letter stand together.
      boolean isRepeat =
          repeats.contains(i) || (i > 0 && ORDER.compare(letters.get(i - 1), letter) == 0);
      attempts.add(
          new Attempt(
              letter.event(),
              letter.event().identity(),
              sources.handle(letter.event()),
              isRepeat ? Attempt.Outcome.DUPLICATE : Attempt.Outcome.DEAD_LETTER,
              Optional.of(letter)));
    }
    return attempts;
  }

  private static Set<Integer> repeats(Connection connection, List<DeadLetter> letters)
      throws SQLException {
    Set<Integer> repeats = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(REPEATS)) {
      BatchParameters batch = new BatchParameters(statement, letters.size());
      batch.texts(i -> letters.get(i).event().tenantId());
      batch.texts(i -> letters.get(i).event().source());
      batch.texts(i -> letters.get(i).event().identity());
      batch.texts(i -> letters.get(i).event().contentSha256());
      batch.texts(i -> letters.get(i).stage());
      batch.texts(i -> LedgerStatement.storable(letters.get(i).event(), EventAttributes.REPLAY_ID));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          repeats.add(rows.getInt(1) - 1);
        }
      }
    }
    return repeats;
  }

  private static void bindLetter(PreparedStatement statement, DeadLetter letter)
      throws SQLException {
    RawEvent event = letter.event();
    int i = 1;
    statement.setString(i++, event.tenantId());
    statement.setString(i++, event.source());
    statement.setString(i++, event.identity());
    statement.setString(i++, event.bodySha256());
    statement.setString(i++, event.contentSha256());
    statement.setString(i++, letter.stage());
    statement.setString(i++, event.eventType().orElse(null));
    statement.setString(i++, letter.errorClass().name());
    statement.setString(i++, StorableText.of(letter.errorMessage()));
    statement.setString(i++, letter.fingerprint());
    statement.setString(i++, letter.stackTrace().map(StorableText::of).orElse(null));
    statement.setString(i++, PipelineVersion.TEXT);
    statement.setString(i++, event.messageId());
    statement.setObject(i++, utc(event.originalPublishTime()));
    statement.setObject(i++, utc(event.receivedAt()));
    statement.setObject(i++, utc(letter.failedAt()));
    statement.setString(i++, LedgerStatement.attributesOf(event));
    statement.setBytes(i, event.body());
  }

  private void bindLedger(PreparedStatement statement, DeadLetter letter) throws SQLException {
    RawEvent event = letter.event();
    int i = 1;
    statement.setString(i++, event.tenantId());
    statement.setString(i++, event.source());
    statement.setString(i++, event.identity());
    statement.setObject(
        i++, EventId.of(event.tenantId(), event.source(), event.identity()), Types.OTHER);
    statement.setString(i++, event.eventType().orElse(null));
    statement.setString(i++, LedgerStatement.storable(event, EventAttributes.SUBJECT));
    statement.setBytes(
        i++, new Version(Version.UNKNOWN_TIME, event.identity(), event.contentSha256()).bytes());
    statement.setObject(i++, utc(event.receivedAt()));
    statement.setObject(i++, utc(event.publishTime()));
    statement.setObject(i++, utc(event.publishTime()));
    statement.setString(i++, letter.errorClass().name());
    statement.setString(i++, StorableText.of(letter.errorMessage()));
    statement.setObject(i++, event.signatureValid().orElse(null), Types.BOOLEAN);
    statement.setString(i++, LedgerStatement.storable(event, EventAttributes.REQUEST_ID));
    statement.setString(i++, LedgerStatement.attributesOf(event));
    About about = About.of(event.tenantId(), EventKeys.bounded(sources.keysOf(event)), List.of());
    statement.setString(i++, about.json());
    statement.setString(i, about.index());
  }

  private static OffsetDateTime utc(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }
}
