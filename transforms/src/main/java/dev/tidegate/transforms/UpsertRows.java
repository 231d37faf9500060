package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.TransformedEventCoder;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.BatchEntry;
import dev.tidegate.transforms.postgresql.BatchResult;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.Outcome;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.GroupIntoBatches;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.transforms.WithKeys;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptors;

/**
 * Writes what events say of the tables, and the events into the ledger, in one transaction a batch.
 * What the runner acknowledges is committed: a batch never outlives its bundle.
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
  private final Batching batching;
  private final boolean ledgerPayload;

  private UpsertRows(DatabaseConfiguration database, Batching batching, boolean ledgerPayload) {
    this.database = database;
    this.batching = batching;
    this.ledgerPayload = ledgerPayload;
  }

  /**
   * Writes into {@code database}.
   *
   * @param batching how events are collected into batches
   * @param ledgerPayload whether the ledger keeps the events' bodies
   */
  public static UpsertRows into(
      DatabaseConfiguration database, Batching batching, boolean ledgerPayload) {
    return new UpsertRows(database, batching, ledgerPayload);
  }

  @Override
  public PCollection<DeadLetter> expand(PCollection<TransformedEvent> events) {
    PCollection<DeadLetter> refused =
        switch (batching.mode()) {
          case BUNDLES -> events.apply("WriteBatches", ParDo.of(writing(List::of)));
          case GROUPS ->
              events
                  .apply("Group", grouping())
                  .apply("WriteBatches", ParDo.of(writing(KV::getValue)));
        };
    return refused.setCoder(DeadLetterCoder.of());
  }

  private <InputT> WriteBatchesFn<InputT> writing(
      SerializableFunction<InputT, Iterable<TransformedEvent>> eventsOf) {
    return new WriteBatchesFn<>(eventsOf, database, batching, ledgerPayload);
  }

  /** Collects events in state, until they are many, large, or have waited long enough. */
  private PTransform<
          PCollection<TransformedEvent>, PCollection<KV<Integer, Iterable<TransformedEvent>>>>
      grouping() {
    int shards = batching.shards();
    return PTransform.compose(
        events ->
            events
                .apply(
                    "AssignShards",
                    WithKeys.<Integer, TransformedEvent>of(
                            event -> Math.floorMod(event.event().version().hashCode(), shards))
                        .withKeyType(TypeDescriptors.integers()))
                .setCoder(KvCoder.of(VarIntCoder.of(), TransformedEventCoder.of()))
                .apply(
                    "Collect",
                    GroupIntoBatches.<Integer, TransformedEvent>ofSize(batching.maxRows())
                        .withByteSize(batching.maxBytes(), UpsertRows::bytesOf)
                        .withMaxBufferingDuration(
                            org.joda.time.Duration.millis(batching.maxWait().toMillis()))));
  }

  private static long bytesOf(TransformedEvent event) {
    return event.event().raw().body().length;
  }

  /** Collects a bundle's events into batches. */
  static final class WriteBatchesFn<InputT> extends DoFn<InputT, DeadLetter> {
    private static final long serialVersionUID = 1L;

    private final SerializableFunction<InputT, Iterable<TransformedEvent>> eventsOf;
    private final DatabaseConfiguration database;
    private final Batching batching;
    private final boolean ledgerPayload;

    private transient ConnectionPool pool;
    private transient EventWriter writer;
    private transient List<BatchEntry> batch;
    private transient int rows;
    private transient long bytes;

    WriteBatchesFn(
        SerializableFunction<InputT, Iterable<TransformedEvent>> eventsOf,
        DatabaseConfiguration database,
        Batching batching,
        boolean ledgerPayload) {
      this.eventsOf = eventsOf;
      this.database = database;
      this.batching = batching;
      this.ledgerPayload = ledgerPayload;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(database);
      writer =
          new EventWriter(
              pool,
              new TransientRetry(PipelineMetrics.SQL_LISTENER),
              EventSources.standard().tables(),
              ledgerPayload);
    }

    @StartBundle
    public void startBundle() {
      reset();
    }

    @ProcessElement
    public void process(@Element InputT input, OutputReceiver<DeadLetter> out) throws SQLException {
      for (TransformedEvent event : eventsOf.apply(input)) {
        batch.add(new BatchEntry(event, Instant.now()));
        rows += 1 + event.upserts().size();
        bytes += bytesOf(event);
        if (rows >= batching.maxRows() || bytes >= batching.maxBytes()) {
          flush(out::output);
        }
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
      Instant started = Instant.now();
      Written written = new Written();
      writer.write(batch, written);
      PipelineMetrics.countSqlFailures();
      PipelineMetrics.SQL_BATCHES.inc();
      PipelineMetrics.SQL_BATCH_SIZE.update(rows);
      PipelineMetrics.SQL_BATCH_MILLIS.update(Duration.between(started, Instant.now()).toMillis());
      reset();
      written.letters.forEach(out);
    }

    private void reset() {
      batch = new ArrayList<>();
      rows = 0;
      bytes = 0;
    }
  }

  /** Counts what became of a batch's events, and makes dead letters of those that were refused. */
  private static final class Written implements BatchResult {
    private final List<DeadLetter> letters = new ArrayList<>();

    @Override
    public void committed(BatchEntry entry, Outcome outcome) {
      PipelineMetrics.of(outcome).inc();
      PipelineMetrics.END_TO_END_LATENCY_MILLIS.update(
          Duration.between(entry.transformed().event().raw().publishTime(), Instant.now())
              .toMillis());
    }

    @Override
    public void refused(BatchEntry entry, String reason) {
      PipelineMetrics.POISON_ROWS.inc();
      letters.add(
          DeadLetter.builder()
              .event(entry.transformed().event().raw())
              .stage(STAGE)
              .errorClass(ErrorClass.DATABASE_REJECTED)
              .errorMessage(reason)
              .failedAt(Instant.now())
              .build());
    }
  }
}
