package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.StorableText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;

/** Keeps attempts in {@code event_attempts}: rows that nobody else writes, or waits for. */
final class AttemptStatement {
  private static final String SQL =
      """
      INSERT INTO event_attempts (
        tenant_id, source, notification_id, attempted_at, outcome, stage, error_class,
        error_message, fingerprint, release, message_id, replay_id)
      SELECT
        tenant_id, source, notification_id, statement_timestamp(), outcome, stage, error_class,
        error_message, fingerprint, ?, message_id, replay_id
      FROM unnest(
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
        ?::text[], ?::text[])
      AS new (
        tenant_id, source, notification_id, outcome, message_id, replay_id, stage, error_class,
        error_message, fingerprint)
      """;

  private AttemptStatement() {}

  /** Keeps {@code attempts}. */
  static void execute(Connection connection, List<Attempt> attempts) throws SQLException {
    if (attempts.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setString(1, PipelineVersion.TEXT);
      BatchParameters batch = new BatchParameters(statement, attempts.size(), 1);
      batch.texts(i -> attempts.get(i).event().tenantId());
      batch.texts(i -> attempts.get(i).event().source());
      batch.texts(i -> attempts.get(i).notificationId());
      batch.texts(i -> attempts.get(i).outcome().name());
      batch.texts(i -> attempts.get(i).event().messageId());
      batch.texts(
          i -> LedgerStatement.storable(attempts.get(i).event(), EventAttributes.REPLAY_ID));
      batch.texts(i -> ofLetter(attempts.get(i), DeadLetter::stage));
      batch.texts(i -> ofLetter(attempts.get(i), letter -> letter.errorClass().name()));
      batch.texts(i -> ofLetter(attempts.get(i), letter -> StorableText.of(letter.errorMessage())));
      batch.texts(i -> ofLetter(attempts.get(i), DeadLetter::fingerprint));
      statement.executeUpdate();
    }
  }

  private static String ofLetter(Attempt attempt, Function<DeadLetter, String> column) {
    return attempt.letter().map(column).orElse(null);
  }
}
