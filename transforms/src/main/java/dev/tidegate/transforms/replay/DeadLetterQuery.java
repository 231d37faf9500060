package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import java.io.Serializable;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.beam.sdk.io.jdbc.JdbcIO;
import org.checkerframework.checker.nullness.qual.Nullable;

/** The query that chooses dead letters of PostgreSQL, and its parameters. */
final class DeadLetterQuery implements JdbcIO.StatementPreparator {
  private static final long serialVersionUID = 1L;

  private final List<String> conditions = new ArrayList<>();

  /** In the order of the conditions: texts, times, or lists of texts. */
  private final ArrayList<Serializable> parameters = new ArrayList<>();

  DeadLetterQuery(ReplayFilter events, DeadLetterFilter letters) {
    add("status = ?", letters.status().name());
    addTime("failed_at >= ?", letters.failed().from());
    addTime("failed_at < ?", letters.failed().to());
    addOneOf("tenant_id", events.tenants());
    addOneOf("source", events.sources());
    addOneOf("event_type", events.eventTypes());
    addOneOf("notification_id", events.notificationIds());
    addOneOf(
        "error_class", letters.errorClasses().stream().map(Enum::name).collect(Collectors.toSet()));
    addOneOf("fingerprint", letters.fingerprints());
  }

  /** The query's text, with a question mark for each parameter. */
  String text() {
    return "SELECT %s FROM event_dead_letters WHERE %s"
        .formatted(StoredDeadLetter.COLUMNS, String.join(" AND ", conditions));
  }

  @Override
  public void setParameters(PreparedStatement statement) throws SQLException {
    for (int i = 0; i < parameters.size(); i++) {
      Serializable parameter = parameters.get(i);
      if (parameter instanceof Instant time) {
        statement.setObject(i + 1, time.atOffset(ZoneOffset.UTC));
      } else if (parameter instanceof String text) {
        statement.setString(i + 1, text);
      } else {
        statement.setArray(
            i + 1,
            statement.getConnection().createArrayOf("text", ((List<?>) parameter).toArray()));
      }
    }
  }

  private void add(String condition, Serializable parameter) {
    conditions.add(condition);
    parameters.add(parameter);
  }

  private void addTime(String condition, @Nullable Instant time) {
    if (time != null) {
      add(condition, time);
    }
  }

  private void addOneOf(String column, Collection<String> values) {
    if (!values.isEmpty()) {
      add(column + " = ANY (?)", new ArrayList<>(values));
    }
  }
}
