package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The dead letters that operators have discarded and that the archive does not know of yet. A
 * letter counts as known only after {@link #setArchived}: whoever stops before that has its discard
 * archived again, which no view minds.
 */
public final class DiscardedLetters {
  /** How often to look. */
  public static final Duration PERIOD = Duration.ofSeconds(10);

  /** How many are read at a time: they come without their bodies. */
  private static final int MOST = 2_000;

  private static final String UNKNOWN =
      """
      SELECT dead_letter_id, tenant_id, source, notification_id, event_type, error_class, attempts,
        message_id, published_at, attributes, ''::bytea AS body, body_sha256,
        stage, fingerprint, discarded_at
      FROM event_dead_letters
      WHERE status = 'DISCARDED' AND discard_archived_at IS DISTINCT FROM discarded_at
        AND dead_letter_id <> ALL (?::uuid[])
      ORDER BY discarded_at LIMIT %d
      """
          .formatted(MOST);

  private static final String SET_ARCHIVED =
      """
      UPDATE event_dead_letters letter SET discard_archived_at = known.discarded_at
      FROM unnest(?::uuid[], ?::timestamptz[]) AS known (dead_letter_id, discarded_at)
      WHERE letter.dead_letter_id = known.dead_letter_id
      """;

  private final ConnectionPool pool;

  /** Reads them in the database of {@code pool}. */
  public DiscardedLetters(ConnectionPool pool) {
    this.pool = pool;
  }

  /**
   * A letter that was discarded.
   *
   * @param deadLetterId the letter
   * @param outcome what the archive is to know of it
   */
  public record Discard(String deadLetterId, EventOutcome outcome) {}

  /**
   * Those that the archive does not know of, the first discarded first: some thousand at most.
   *
   * @param besides letters to leave out: they are being archived
   */
  public List<Discard> unknown(Collection<Discard> besides) throws SQLException {
    List<Discard> unknown = new ArrayList<>();
    pool.transact(
        connection -> {
          unknown.clear();
          try (PreparedStatement query = connection.prepareStatement(UNKNOWN)) {
            query.setArray(1, idsOf(connection, besides));
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                unknown.add(
                    new Discard(
                        row.getString("dead_letter_id"),
                        EventOutcome.discarded(
                            StoredDeadLetter.eventOf(row),
                            row.getObject("discarded_at", OffsetDateTime.class).toInstant(),
                            row.getString("stage"),
                            ErrorClass.valueOf(row.getString("error_class")),
                            row.getString("fingerprint"))));
              }
            }
          }
        });
    return unknown;
  }

  /** Has {@code discards} count as known: the archive keeps them, whatever comes. */
  public void setArchived(Collection<Discard> discards) throws SQLException {
    if (discards.isEmpty()) {
      return;
    }
    pool.transact(
        connection -> {
          try (PreparedStatement update = connection.prepareStatement(SET_ARCHIVED)) {
            update.setArray(1, idsOf(connection, discards));
            update.setArray(
                2,
                connection.createArrayOf(
                    "timestamptz",
                    discards.stream()
                        .map(discard -> discard.outcome().processedAt().atOffset(ZoneOffset.UTC))
                        .toArray()));
            update.executeUpdate();
          }
        });
  }

  private static java.sql.Array idsOf(Connection connection, Collection<Discard> discards)
      throws SQLException {
    return connection.createArrayOf("uuid", discards.stream().map(Discard::deadLetterId).toArray());
  }
}
