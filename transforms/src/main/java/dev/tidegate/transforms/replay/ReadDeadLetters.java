package dev.tidegate.transforms.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DatabaseConnections;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.apache.beam.sdk.io.jdbc.JdbcIO;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;

/**
 * Reads the events of dead letters out of PostgreSQL, the store that knows what became of each. An
 * event that failed at two stages has two letters and is replayed for each.
 */
public final class ReadDeadLetters extends PTransform<PBegin, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  /** Letters fetched at a time: each holds a body of up to 10 MB, few of them a large one. */
  private static final int FETCH_SIZE = 100;

  private final DatabaseConfiguration database;
  private final ReplayFilter events;
  private final DeadLetterFilter letters;

  private ReadDeadLetters(
      DatabaseConfiguration database, ReplayFilter events, DeadLetterFilter letters) {
    this.database = database;
    this.events = events;
    this.letters = letters;
  }

  /**
   * Reads the letters that both filters let through.
   *
   * @param events of its time nothing is asked here: letters are chosen by when they failed
   */
  public static ReadDeadLetters of(
      DatabaseConfiguration database, ReplayFilter events, DeadLetterFilter letters) {
    return new ReadDeadLetters(database, events, letters);
  }

  @Override
  public PCollection<RawEvent> expand(PBegin begin) {
    DeadLetterQuery query = new DeadLetterQuery(events, letters);
    return begin.apply(
        "Query",
        JdbcIO.<RawEvent>read()
            .withDataSourceProviderFn(new Connecting(database))
            .withQuery(query.text())
            .withStatementPreparator(query)
            .withFetchSize(FETCH_SIZE)
            .withRowMapper(ReadDeadLetters::eventOf)
            .withCoder(RawEventCoder.of()));
  }

  private static RawEvent eventOf(ResultSet row) throws SQLException, IOException {
    String identity = row.getString("notification_id");
    RawEvent event =
        RawEvent.builder()
            .tenantId(row.getString("tenant_id"))
            .source(row.getString("source"))
            .notificationId(
                Optional.of(identity).filter(id -> !id.startsWith(RawEvent.MESSAGE_IDENTITY)))
            .eventType(Optional.ofNullable(row.getString("event_type")))
            .messageId(row.getString("message_id"))
            .publishTime(row.getObject("published_at", OffsetDateTime.class).toInstant())
            .attributes(attributesOf(row.getString("attributes")))
            .body(row.getBytes("body"))
            .build(row.getString("body_sha256"));
    return ReplayAttributes.ofDeadLetter(
        event,
        row.getString("dead_letter_id"),
        row.getInt("attempts"),
        !row.getString("error_class").equals(ErrorClass.ARCHIVE_REJECTED.name()));
  }

  private static Map<String, String> attributesOf(String json) throws IOException {
    Map<String, String> attributes = new TreeMap<>();
    ((ObjectNode) Json.parse(json.getBytes(StandardCharsets.UTF_8)))
        .fields()
        .forEachRemaining(field -> attributes.put(field.getKey(), field.getValue().asText()));
    return attributes;
  }

  /** Connects on a worker: only there is the password. */
  private static final class Connecting implements SerializableFunction<Void, DataSource> {
    private static final long serialVersionUID = 1L;

    private final DatabaseConfiguration database;

    Connecting(DatabaseConfiguration database) {
      this.database = database;
    }

    @Override
    public DataSource apply(Void nothing) {
      return new DatabaseConnections(database, Map.of("ApplicationName", "tidegate-replay"));
    }
  }
}
