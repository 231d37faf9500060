package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventOutcomeCoder;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveCopies;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DeadLetterWriter;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Filter;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.apache.beam.sdk.values.TypeDescriptor;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps dead letters in PostgreSQL, from where operators repair and replay them. Copies go into the
 * archive, for analysis, and to a topic, for alerts, if these are given. The three do not depend on
 * each other: a letter that PostgreSQL refuses is counted and logged, and the copies keep it.
 */
public final class DeadLetters extends PTransform<PCollection<DeadLetter>, PDone> {
  private static final long serialVersionUID = 1L;

  private final DatabaseConfiguration database;
  private final EventSources sources;
  private final @Nullable Archive archive;
  private final @Nullable String topic;

  private DeadLetters(
      DatabaseConfiguration database,
      EventSources sources,
      @Nullable Archive archive,
      @Nullable String topic) {
    this.database = database;
    this.sources = sources;
    this.archive = archive;
    this.topic = topic;
  }

  /**
   * Keeps letters in {@code database}, the authoritative store, only.
   *
   * @param sources know the types that figures are kept of, and what letters are found by
   */
  public static DeadLetters in(DatabaseConfiguration database, EventSources sources) {
    return new DeadLetters(database, sources, null, null);
  }

  /**
   * The same, with copies of the letters, and with the outcomes of their events in {@code archive}.
   *
   * @param newTopic where they are published too, {@code projects/PROJECT/topics/NAME}
   */
  public DeadLetters copiedTo(Archive newArchive, Optional<String> newTopic) {
    return new DeadLetters(database, sources, newArchive, newTopic.orElse(null));
  }

  @Override
  public PDone expand(PCollection<DeadLetter> letters) {
    letters
        .apply("WriteDatabase", ParDo.of(new WriteDatabaseFn(database, sources)))
        .setCoder(VoidCoder.of());
    if (archive != null) {
      letters.apply("WriteArchive", ArchiveCopies.ofDeadLetters(archive));
      outcomesOf(letters).apply("ArchiveOutcomes", ArchiveCopies.ofOutcomes(archive));
    }
    if (topic != null) {
      letters.apply("Publish", PublishDeadLetters.to(topic));
    }
    return PDone.in(letters.getPipeline());
  }

  /**
   * The outcomes of the letters' events. An event that only the archive refused is left out: it
   * passes the other steps, and they give it an outcome.
   */
  static PCollection<EventOutcome> outcomesOf(PCollection<DeadLetter> letters) {
    return letters
        .apply(
            "LeaveOutArchives",
            Filter.by(letter -> letter.errorClass() != ErrorClass.ARCHIVE_REJECTED))
        .apply(
            "AsOutcomes",
            MapElements.into(TypeDescriptor.of(EventOutcome.class)).via(EventOutcome::failed))
        .setCoder(EventOutcomeCoder.of());
  }

  /** Writes a bundle's letters in transactions of bounded size. */
  static final class WriteDatabaseFn extends DoFn<DeadLetter, Void> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    private static final int MAX_LETTERS = 200;
    private static final long MAX_BYTES = 16L << 20;

    private final DatabaseConfiguration database;
    private final EventSources sources;
    private transient ConnectionPool pool;
    private transient DeadLetterWriter writer;
    private transient List<DeadLetter> letters;
    private transient long bytes;

    WriteDatabaseFn(DatabaseConfiguration database, EventSources sources) {
      this.database = database;
      this.sources = sources;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(database);
      writer =
          new DeadLetterWriter(pool, new TransientRetry(PipelineMetrics.SQL_LISTENER), sources);
    }

    @StartBundle
    public void startBundle() {
      letters = new ArrayList<>();
      bytes = 0;
    }

    @ProcessElement
    public void process(@Element DeadLetter letter) throws SQLException {
      letters.add(letter);
      bytes += letter.event().body().length;
      if (letters.size() >= MAX_LETTERS || bytes >= MAX_BYTES) {
        flush();
      }
    }

    @FinishBundle
    public void finishBundle() throws SQLException {
      flush();
    }

    @Teardown
    public void teardown() {
      pool.close();
    }

    private void flush() throws SQLException {
      if (!letters.isEmpty()) {
        List<DeadLetterWriter.Refused> refused = writer.write(letters);
        PipelineMetrics.countSqlFailures();
        PipelineMetrics.EVENTS_DEAD_LETTERED.inc(letters.size() - refused.size());
        PipelineMetrics.DEAD_LETTERS_REFUSED.inc(refused.size());
        for (DeadLetterWriter.Refused one : refused) {
          LOG.error(
              "PostgreSQL refuses the dead letter of the event {} of the tenant {}, stage {}: {}",
              StorableText.of(one.letter().event().identity()),
              one.letter().event().tenantId(),
              one.letter().stage(),
              one.reason());
        }
        startBundle();
      }
    }
  }
}
