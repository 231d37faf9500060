package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventOutcomeCoder;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.TransformedEventCoder;
import dev.tidegate.transforms.handlers.EventSources;
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
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.GroupIntoBatches;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.transforms.WithFailures;
import org.apache.beam.sdk.transforms.WithKeys;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;
import org.apache.beam.sdk.values.TypeDescriptors;

/**
 * Writes what events say of the tables, and the events into the ledger, in one transaction a batch.
 * What the runner acknowledges is committed: a batch never outlives its bundle.
 *
 * <p>What comes out are the outcomes of the events that were committed, and dead letters: events
 * whose rows the database refuses for good. An outage is none: it is retried, then fails the bundle
 * (DESIGN.md, promise 5).
 */
public final class UpsertRows
    extends PTransform<
        PCollection<TransformedEvent>, WithFailures.Result<PCollection<EventOutcome>, DeadLetter>> {
  private static final long serialVersionUID = 1L;

  /** The step's name in the picture. */
  public static final String STAGE = "Upsert";

  private static final TupleTag<EventOutcome> COMMITTED = new TupleTag<>("committed");
  private static final TupleTag<DeadLetter> REFUSED = new TupleTag<>("refused");

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
  public WithFailures.Result<PCollection<EventOutcome>, DeadLetter> expand(
      PCollection<TransformedEvent> events) {
    PCollectionTuple results =
        switch (batching.mode()) {
          case BUNDLES -> events.apply("WriteBatches", writing(List::of));
          case GROUPS ->
              events.apply("Group", grouping()).apply("WriteBatches", writing(KV::getValue));
        };
    return WithFailures.Result.of(
        results.get(COMMITTED).setCoder(EventOutcomeCoder.of()),
        results.get(REFUSED).setCoder(DeadLetterCoder.of()));
  }

  private <InputT> ParDo.MultiOutput<InputT, EventOutcome> writing(
      SerializableFunction<InputT, Iterable<TransformedEvent>> eventsOf) {
    return ParDo.of(new WriteBatchesFn<>(eventsOf, database, batching, ledgerPayload))
        .withOutputTags(COMMITTED, TupleTagList.of(REFUSED));
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
  static final class WriteBatchesFn<InputT> extends DoFn<InputT, EventOutcome> {
    private static final long serialVersionUID = 1L;

    private final SerializableFunction<InputT, Iterable<TransformedEvent>> eventsOf;
    private final DatabaseConfiguration database;
    private final Batching batching;
    private final boolean ledgerPayload;

    private transient ConnectionPool pool;
    private transient EventWriter writer;
    private transient List<EventWriter.Entry> batch;
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
    public void process(@Element InputT input, MultiOutputReceiver out) throws SQLException {
      for (TransformedEvent event : eventsOf.apply(input)) {
        batch.add(new EventWriter.Entry(event, Instant.now()));
        rows += 1 + event.upserts().size();
        bytes += bytesOf(event);
        if (rows >= batching.maxRows() || bytes >= batching.maxBytes()) {
          put(flush(), out.get(COMMITTED)::output, out.get(REFUSED)::output);
        }
      }
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) throws SQLException {
      org.joda.time.Instant now = org.joda.time.Instant.now();
      put(
          flush(),
          outcome -> context.output(COMMITTED, outcome, now, GlobalWindow.INSTANCE),
          letter -> context.output(REFUSED, letter, now, GlobalWindow.INSTANCE));
    }

    @Teardown
    public void teardown() {
      pool.close();
    }

    private Written flush() throws SQLException {
      Written written = new Written();
      if (batch.isEmpty()) {
        return written;
      }
      Instant started = Instant.now();
      writer.write(batch, written);
      PipelineMetrics.countSqlFailures();
      PipelineMetrics.SQL_BATCHES.inc();
      PipelineMetrics.SQL_BATCH_SIZE.update(rows);
      PipelineMetrics.SQL_BATCH_MILLIS.update(Duration.between(started, Instant.now()).toMillis());
      reset();
      return written;
    }

    private static void put(
        Written written, Consumer<EventOutcome> committed, Consumer<DeadLetter> refused) {
      written.outcomes.forEach(committed);
      written.letters.forEach(refused);
    }

    private void reset() {
      batch = new ArrayList<>();
      rows = 0;
      bytes = 0;
    }
  }

  /** Counts what became of a batch's events, and puts it into words for what comes after. */
  private static final class Written implements EventWriter.Result {
    private final List<EventOutcome> outcomes = new ArrayList<>();
    private final List<DeadLetter> letters = new ArrayList<>();

    @Override
    public void committed(EventWriter.Entry entry, EventOutcome.Status outcome) {
      EventOutcome told =
          EventOutcome.committed(
              entry.transformed().event().raw(), outcome, entry.startedAt(), Instant.now());
      PipelineMetrics.of(outcome).inc();
      if (outcome != EventOutcome.Status.DUPLICATE && !entry.transformed().warnings().isEmpty()) {
        PipelineMetrics.EVENTS_WITH_WARNINGS.inc();
      }
      PipelineMetrics.END_TO_END_LATENCY_MILLIS.update((long) told.latencyMillis());
      outcomes.add(told);
    }

    @Override
    public void refused(EventWriter.Entry entry, String reason) {
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
