package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventOutcomeCoder;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
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
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.WithFailures;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;

/**
 * Writes what events say of the tables, and the events into the ledger, in one transaction a batch.
 * What the runner acknowledges is committed: a batch never outlives its bundle.
 *
 * <p>The output is the outcomes of the committed events, and dead letters: events whose rows the
 * database refuses for good. An outage makes none: it is retried, then fails the bundle
 * (docs/design.md, promise 5).
 */
public final class UpsertRows
    extends PTransform<
        PCollection<RawEvent>, WithFailures.Result<PCollection<EventOutcome>, DeadLetter>> {
  private static final long serialVersionUID = 1L;

  /** The step's name in the picture. */
  public static final String STAGE = "Upsert";

  /** How long a batch waits for more events after its first one, unless it is full. */
  private static final Duration WAIT = Duration.ofMillis(25);

  private static final TupleTag<EventOutcome> COMMITTED = new TupleTag<>("committed");
  private static final TupleTag<DeadLetter> REFUSED = new TupleTag<>("refused");

  private final DatabaseConfiguration database;
  private final Batching batching;
  private final boolean ledgerPayload;
  private final HandlerCalls calls;

  private UpsertRows(
      DatabaseConfiguration database,
      Batching batching,
      boolean ledgerPayload,
      HandlerCalls calls) {
    this.calls = calls;
    this.database = database;
    this.batching = batching;
    this.ledgerPayload = ledgerPayload;
  }

  /**
   * Writes into {@code database}.
   *
   * @param batching how large a transaction may become
   * @param ledgerPayload whether the ledger keeps the events' bodies
   * @param sources have the tables, and make the rows
   */
  public static UpsertRows into(
      DatabaseConfiguration database,
      Batching batching,
      boolean ledgerPayload,
      EventSources sources) {
    return new UpsertRows(
        database,
        batching,
        ledgerPayload,
        new HandlerCalls(sources, HandlerCalls.STANDARD_ATTEMPTS));
  }

  /** The same with another number of attempts, as in Transform. */
  public UpsertRows withHandlerAttempts(int handlerAttempts) {
    return new UpsertRows(
        database, batching, ledgerPayload, new HandlerCalls(calls.sources(), handlerAttempts));
  }

  @Override
  public WithFailures.Result<PCollection<EventOutcome>, DeadLetter> expand(
      PCollection<RawEvent> events) {
    PCollectionTuple results =
        events.apply(
            "WriteBatches",
            ParDo.of(new WriteBatchesFn(this)).withOutputTags(COMMITTED, TupleTagList.of(REFUSED)));
    return WithFailures.Result.of(
        results.get(COMMITTED).setCoder(EventOutcomeCoder.of()),
        results.get(REFUSED).setCoder(DeadLetterCoder.of()));
  }

  /** Collects a bundle's events into batches, and writes each soon after its first event. */
  static final class WriteBatchesFn extends DoFn<RawEvent, EventOutcome> {
    private static final long serialVersionUID = 1L;

    private final UpsertRows step;

    private transient ConnectionPool pool;
    private transient BackgroundWriter<EventWriter.Entry, Written> writer;
    private transient int rows;
    private transient long bytes;

    WriteBatchesFn(UpsertRows step) {
      this.step = step;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(step.database);
      EventWriter events =
          new EventWriter(
              pool,
              new TransientRetry(PipelineMetrics.SQL_LISTENER),
              step.calls.sources(),
              step.ledgerPayload);
      writer =
          new BackgroundWriter<>(
              "event-writer",
              WAIT,
              batch -> {
                Written written = new Written(batch);
                events.write(batch, written);
                return written;
              });
    }

    @ProcessElement
    public void process(@Element RawEvent event, MultiOutputReceiver out) throws SQLException {
      TransformedEvent transformed;
      try {
        // Nothing is done again, unless the runner has copied the event behind Transform.
        transformed = step.calls.transform(event);
      } catch (RuntimeException failure) {
        out.get(REFUSED).output(EventStep.letterOfTransform(event, failure));
        return;
      }
      if (writer.add(new EventWriter.Entry(transformed.withoutPayload(), Instant.now())) == 1) {
        rows = 0;
        bytes = 0;
      }
      rows += EventWriter.rowsOf(transformed);
      bytes += event.body().length;
      if (rows >= step.batching.maxRows() || bytes >= step.batching.maxBytes()) {
        writer.endBatch();
        put(writer.results(), out.get(COMMITTED)::output, out.get(REFUSED)::output);
      }
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) throws SQLException {
      org.joda.time.Instant now = org.joda.time.Instant.now();
      put(
          writer.finish(),
          outcome -> context.output(COMMITTED, outcome, now, GlobalWindow.INSTANCE),
          letter -> context.output(REFUSED, letter, now, GlobalWindow.INSTANCE));
    }

    @Teardown
    public void teardown() {
      writer.close();
      pool.close();
    }

    private static void put(
        List<Written> batches, Consumer<EventOutcome> committed, Consumer<DeadLetter> refused) {
      for (Written written : batches) {
        written.count();
        written.outcomes.forEach(committed);
        written.letters.forEach(refused);
      }
    }
  }

  /** Keeps what became of a batch's events, and counts it in the bundle's thread. */
  private static final class Written implements EventWriter.Result {
    private final int rows;
    private final Instant startedAt = Instant.now();
    private final List<EventOutcome> outcomes = new ArrayList<>();
    private final List<DeadLetter> letters = new ArrayList<>();
    private int withWarnings;
    private Instant endedAt = startedAt;

    Written(List<EventWriter.Entry> batch) {
      rows = batch.stream().mapToInt(entry -> EventWriter.rowsOf(entry.transformed())).sum();
    }

    void count() {
      PipelineMetrics.countSqlFailures();
      PipelineMetrics.SQL_BATCHES.inc();
      PipelineMetrics.SQL_BATCH_SIZE.update(rows);
      PipelineMetrics.SQL_BATCH_MILLIS.update(Duration.between(startedAt, endedAt).toMillis());
      for (EventOutcome outcome : outcomes) {
        PipelineMetrics.of(outcome.status()).inc();
        PipelineMetrics.END_TO_END_LATENCY_MILLIS.update((long) outcome.latencyMillis());
      }
      PipelineMetrics.EVENTS_WITH_WARNINGS.inc(withWarnings);
      PipelineMetrics.POISON_ROWS.inc(letters.size());
    }

    @Override
    public void committed(EventWriter.Entry entry, EventOutcome.Status outcome) {
      endedAt = Instant.now();
      outcomes.add(
          EventOutcome.committed(
              entry.transformed().event().raw(), outcome, entry.startedAt(), endedAt));
      if (outcome != EventOutcome.Status.DUPLICATE && !entry.transformed().warnings().isEmpty()) {
        withWarnings++;
      }
    }

    @Override
    public void refused(EventWriter.Entry entry, String reason) {
      endedAt = Instant.now();
      letters.add(
          DeadLetter.builder()
              .event(entry.transformed().event().raw())
              .stage(STAGE)
              .errorClass(ErrorClass.DATABASE_REJECTED)
              .errorMessage(reason)
              .failedAt(endedAt)
              .build());
    }
  }
}
