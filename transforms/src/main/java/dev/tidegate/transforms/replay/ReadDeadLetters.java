package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DatabaseConnections;
import java.io.Serializable;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.io.jdbc.JdbcIO;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads the events of dead letters out of PostgreSQL, the store that knows what became of each. An
 * event that failed at two stages has two letters and is replayed for each.
 */
public final class ReadDeadLetters extends PTransform<PBegin, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  /** Letters fetched at a time: each holds a body of up to 10 MB, few of them a large one. */
  private static final int FETCH_SIZE = 100;

  private final DatabaseConfiguration database;
  private final Query query;

  private ReadDeadLetters(DatabaseConfiguration database, Query query) {
    this.database = database;
    this.query = query;
  }

  /**
   * Reads the letters that both filters let through.
   *
   * @param events its time is not used: letters are chosen by when they failed
   */
  public static ReadDeadLetters of(
      DatabaseConfiguration database, ReplayFilter events, DeadLetterFilter letters) {
    return new ReadDeadLetters(database, new Query(events, letters));
  }

  @Override
  public PCollection<RawEvent> expand(PBegin begin) {
    DatabaseConfiguration onWorker = database;
    return begin.apply(
        "Query",
        JdbcIO.<RawEvent>read()
            // Connects on a worker: only there is the password.
            .withDataSourceProviderFn(
                nothing ->
                    new DatabaseConnections(onWorker, Map.of("ApplicationName", "tidegate-replay")))
            .withQuery(query.text())
            .withStatementPreparator(query)
            .withFetchSize(FETCH_SIZE)
            .withRowMapper(StoredDeadLetter::eventOf)
            .withCoder(RawEventCoder.of()));
  }

  private static final class Query implements JdbcIO.StatementPreparator {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> conditions = new ArrayList<>();

    /** In the order of the conditions: texts, times, or lists of texts. */
    private final ArrayList<Serializable> parameters = new ArrayList<>();

    Query(ReplayFilter events, DeadLetterFilter letters) {
      add("status = ?", letters.status().name());
      addTime("failed_at >= ?", letters.failed().from());
      addTime("failed_at < ?", letters.failed().to());
      addOneOf("tenant_id", events.tenants());
      addOneOf("source", events.sources());
      addOneOf("event_type", events.eventTypes());
      addOneOf("notification_id", events.notificationIds());
      addOneOf("error_class", letters.errorClasses().stream().map(Enum::name).toList());
      addOneOf("fingerprint", letters.fingerprints());
    }

    /** Beam's JdbcIO looks for a table's name after "FROM ", and prints its schema: null. */
    String text() {
      return "SELECT %s FROM(TABLE event_dead_letters) AS letters WHERE %s"
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
          Object[] texts = ((List<?>) parameter).toArray();
          statement.setArray(i + 1, statement.getConnection().createArrayOf("text", texts));
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
}
