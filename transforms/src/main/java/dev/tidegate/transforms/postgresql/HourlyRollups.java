package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Works out {@code event_rollups_hourly} from the minutes, once an hour is over. */
final class HourlyRollups {
  /** How long figures by the minute are kept. */
  static final Duration MINUTES_KEPT = Duration.ofDays(3);

  /** How long figures by the hour are kept. */
  static final Duration HOURS_KEPT = Duration.ofDays(400);

  /** For so long after its end an hour is worked out again: a slow writer may add to it. */
  private static final Duration LATE = Duration.ofMinutes(10);

  private static final String OLDEST =
      """
      SELECT min(minute) FROM event_rollups
      WHERE minute < ?
        AND minute >= coalesce(
          (SELECT max(hour) + interval '1 hour' FROM event_rollups_hourly), '-infinity')
      """;

  private static final String WORK_OUT =
      """
      INSERT INTO event_rollups_hourly (tenant_id, hour, source, event_type, status, %s)
      SELECT tenant_id, ?, source, event_type, status, %s
      FROM event_rollups
      WHERE minute >= ? AND minute < ?
      GROUP BY tenant_id, source, event_type, status
      ON CONFLICT (tenant_id, hour, source, event_type, status) DO UPDATE SET %s
      """
          .formatted(
              String.join(", ", RollupStatement.FIGURES),
              RollupStatement.FIGURES.stream().map("sum(%s)"::formatted).collect(joining(", ")),
              RollupStatement.FIGURES.stream()
                  .map(figure -> "%1$s = EXCLUDED.%1$s".formatted(figure))
                  .collect(joining(", ")));

  private HourlyRollups() {}

  /** The hours that are over at {@code now} and wait to be worked out, oldest first. */
  static List<Instant> due(Connection connection, Instant now) throws SQLException {
    Instant present = now.truncatedTo(ChronoUnit.HOURS);
    Instant first = now.isBefore(present.plus(LATE)) ? present.minus(1, ChronoUnit.HOURS) : present;
    try (PreparedStatement statement = connection.prepareStatement(OLDEST)) {
      statement.setObject(1, utc(present));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        OffsetDateTime oldest = row.getObject(1, OffsetDateTime.class);
        if (oldest != null && oldest.toInstant().isBefore(first)) {
          first = oldest.toInstant().truncatedTo(ChronoUnit.HOURS);
        }
      }
    }
    List<Instant> hours = new ArrayList<>();
    for (Instant hour = first; hour.isBefore(present); hour = hour.plus(1, ChronoUnit.HOURS)) {
      hours.add(hour);
    }
    return hours;
  }

  /** Works out an hour, whatever was worked out before. */
  static long workOut(Connection connection, Instant hour) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(WORK_OUT)) {
      statement.setObject(1, utc(hour));
      statement.setObject(2, utc(hour));
      statement.setObject(3, utc(hour.plus(1, ChronoUnit.HOURS)));
      return statement.executeUpdate();
    }
  }

  private static OffsetDateTime utc(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }
}
