package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.transforms.postgresql.EventWriter.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Marks dead letters {@code REPLAYED} in the transaction that writes their events' rows. A letter
 * is an event's by its ID and content; where the body was repaired, by the letter that the replay
 * names. Letters of all stages at which that content failed are done with.
 */
final class ReplayedLetters {
  private static final String MARK =
      """
      UPDATE event_dead_letters AS letter
      SET status = 'REPLAYED', replayed_at = now(), replay_id = replayed.replay_id
      FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
        AS replayed (tenant_id, source, notification_id, content_sha256, dead_letter_id, replay_id)
      WHERE letter.tenant_id = replayed.tenant_id
        AND letter.source = replayed.source
        AND letter.notification_id = replayed.notification_id
        AND letter.status <> 'REPLAYED'
        AND (
          letter.content_sha256 = replayed.content_sha256
          OR letter.content_sha256 = (
            SELECT named.content_sha256
            FROM event_dead_letters named
            WHERE named.dead_letter_id = replayed.dead_letter_id::uuid
              AND named.tenant_id = replayed.tenant_id))
      """;

  private static final List<Function<Event, @Nullable String>> COLUMNS =
      List.of(
          event -> event.tenantId(),
          event -> event.raw().source(),
          event -> event.raw().identity(),
          event -> event.raw().contentSha256(),
          event ->
              event
                  .raw()
                  .attribute(EventAttributes.DEAD_LETTER_ID)
                  .flatMap(ReplayedLetters::uuid)
                  .orElse(null),
          event -> LedgerStatement.storable(event.raw(), EventAttributes.REPLAY_ID));

  private ReplayedLetters() {}

  /** Marks the letters of those of {@code batch}'s events that were replayed. */
  static void mark(Connection connection, List<Entry> batch) throws SQLException {
    List<Event> replayed = new ArrayList<>();
    for (Entry entry : batch) {
      if (entry.event().raw().attribute(EventAttributes.REPLAY_ID).isPresent()) {
        replayed.add(entry.event());
      }
    }
    if (replayed.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(MARK)) {
      int parameter = 1;
      for (Function<Event, @Nullable String> column : COLUMNS) {
        statement.setArray(
            parameter++,
            connection.createArrayOf("text", replayed.stream().map(column).toArray(String[]::new)));
      }
      statement.executeUpdate();
    }
  }

  /** Anyone who may publish may write anything into the attribute. */
  private static Optional<String> uuid(String text) {
    try {
      return Optional.of(UUID.fromString(text).toString());
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }
}
