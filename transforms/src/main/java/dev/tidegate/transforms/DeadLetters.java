package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.WriteArchive;
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
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps dead letters: in PostgreSQL, from where operators repair and replay them; in the archive,
 * for analysis; and on a topic, if one is given, for alerts. The three do not depend on each other:
 * a letter that PostgreSQL refuses is counted and logged, and the others keep it.
 */
public final class DeadLetters extends PTransform<PCollection<DeadLetter>, PDone> {
  private static final long serialVersionUID = 1L;

  private final DatabaseConfiguration database;
  private final Archive archive;
  private final @Nullable String topic;

  private DeadLetters(DatabaseConfiguration database, Archive archive, @Nullable String topic) {
    this.database = database;
    this.archive = archive;
    this.topic = topic;
  }

  /**
   * Keeps letters in {@code database} and {@code archive}.
   *
   * @param topic where they are published too, {@code projects/PROJECT/topics/NAME}
   */
  public static DeadLetters to(
      DatabaseConfiguration database, Archive archive, Optional<String> topic) {
    return new DeadLetters(database, archive, topic.orElse(null));
  }

  @Override
  public PDone expand(PCollection<DeadLetter> letters) {
    letters
        .apply("WriteDatabase", ParDo.of(new WriteDatabaseFn(database)))
        .setCoder(VoidCoder.of());
    ArchiveTable<DeadLetter> table = ArchiveTable.DEAD_LETTERS;
    letters
        .apply(
            "WriteArchive", WriteArchive.to(archive, table, PipelineMetrics.DEAD_LETTERS_ARCHIVED))
        .apply("Refused", WriteArchive.countRefused(table.name()));
    if (topic != null) {
      letters.apply("Publish", PublishDeadLetters.to(topic));
    }
    return PDone.in(letters.getPipeline());
  }

  /** Writes a bundle's letters in transactions of bounded size. */
  static final class WriteDatabaseFn extends DoFn<DeadLetter, Void> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    private static final int MAX_LETTERS = 200;
    private static final long MAX_BYTES = 16L << 20;

    private final DatabaseConfiguration database;
    private transient ConnectionPool pool;
    private transient DeadLetterWriter writer;
    private transient List<DeadLetter> letters;
    private transient long bytes;

    WriteDatabaseFn(DatabaseConfiguration database) {
      this.database = database;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(database);
      writer = new DeadLetterWriter(pool, new TransientRetry(PipelineMetrics.SQL_LISTENER));
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
