package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.BatchEntry;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.values.PCollection;

/**
 * Writes what events say of the tables, and the events into the ledger, in one transaction a batch.
 * A batch is a bundle, or a part of it where that is large: nothing waits past its bundle's end, so
 * that what the runner acknowledges is committed.
 *
 * <p>What comes out are the dead letters: events whose rows the database refuses for good. An
 * outage is none: it is retried, then fails the bundle (DESIGN.md, promise 5).
 */
public final class UpsertRows
    extends PTransform<PCollection<TransformedEvent>, PCollection<DeadLetter>> {
  private static final long serialVersionUID = 1L;

  /** The step's name in the picture. */
  public static final String STAGE = "Upsert";

  private final DatabaseConfiguration database;
  private final int batchRows;
  private final boolean ledgerPayload;

  private UpsertRows(DatabaseConfiguration database, int batchRows, boolean ledgerPayload) {
    this.database = database;
    this.batchRows = batchRows;
    this.ledgerPayload = ledgerPayload;
  }

  /**
   * Writes into {@code database}.
   *
   * @param batchRows a batch is written with this many rows at the latest, its ledger rows included
   * @param ledgerPayload whether the ledger keeps the events' bodies
   */
  public static UpsertRows into(
      DatabaseConfiguration database, int batchRows, boolean ledgerPayload) {
    return new UpsertRows(database, batchRows, ledgerPayload);
  }

  @Override
  public PCollection<DeadLetter> expand(PCollection<TransformedEvent> events) {
    return events
        .apply("WriteBatches", ParDo.of(new WriteBatchesFn(database, batchRows, ledgerPayload)))
        .setCoder(DeadLetterCoder.of());
  }

  /** Collects a bundle's events into batches. */
  static final class WriteBatchesFn extends DoFn<TransformedEvent, DeadLetter> {
    private static final long serialVersionUID = 1L;

    /** A bound on what waits in memory, whatever the rows' number. */
    private static final long BATCH_BYTES = 16L << 20;

    private final DatabaseConfiguration database;
    private final int batchRows;
    private final boolean ledgerPayload;

    private transient ConnectionPool pool;
    private transient EventWriter writer;
    private transient List<BatchEntry> batch;
    private transient int rows;
    private transient long bytes;

    WriteBatchesFn(DatabaseConfiguration database, int batchRows, boolean ledgerPayload) {
      this.database = database;
      this.batchRows = batchRows;
      this.ledgerPayload = ledgerPayload;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(database);
      writer =
          new EventWriter(
              pool,
              new TransientRetry(PipelineMetrics.SQL_RETRIES::inc),
              EventSources.standard().tables(),
              ledgerPayload);
    }

    @StartBundle
    public void startBundle() {
      reset();
    }

    @ProcessElement
    public void process(@Element TransformedEvent event, OutputReceiver<DeadLetter> out)
        throws SQLException {
      batch.add(new BatchEntry(event, Instant.now()));
      rows += 1 + event.upserts().size();
      bytes += event.event().raw().body().length;
      if (rows >= batchRows || bytes >= BATCH_BYTES) {
        flush(out::output);
      }
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) throws SQLException {
      flush(letter -> context.output(letter, org.joda.time.Instant.now(), GlobalWindow.INSTANCE));
    }

    @Teardown
    public void teardown() {
      pool.close();
    }

    private void flush(Consumer<DeadLetter> out) throws SQLException {
      if (batch.isEmpty()) {
        return;
      }
      List<DeadLetter> letters = new ArrayList<>();
      Instant started = Instant.now();
      writer.write(batch, (entry, reason) -> letters.add(letterOf(entry, reason)));
      count(started, letters.size());
      reset();
      letters.forEach(out);
    }

    private void count(Instant started, int refused) {
      Instant committed = Instant.now();
      PipelineMetrics.SQL_BATCHES.inc();
      PipelineMetrics.SQL_BATCH_SIZE.update(rows);
      PipelineMetrics.SQL_BATCH_MILLIS.update(Duration.between(started, committed).toMillis());
      PipelineMetrics.EVENTS_UPSERTED.inc(batch.size() - refused);
      PipelineMetrics.POISON_ROWS.inc(refused);
      for (BatchEntry entry : batch) {
        PipelineMetrics.END_TO_END_LATENCY_MILLIS.update(
            Duration.between(entry.transformed().event().raw().publishTime(), committed)
                .toMillis());
      }
    }

    private void reset() {
      batch = new ArrayList<>();
      rows = 0;
      bytes = 0;
    }

    private static DeadLetter letterOf(BatchEntry entry, String reason) {
      return DeadLetter.builder()
          .event(entry.transformed().event().raw())
          .stage(STAGE)
          .errorClass(ErrorClass.DATABASE_REJECTED)
          .errorMessage(reason)
          .failedAt(Instant.now())
          .build();
    }
  }
}
