package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DatabaseConnections;
import java.util.Map;
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
            .withRowMapper(StoredDeadLetter::eventOf)
            .withCoder(RawEventCoder.of()));
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
