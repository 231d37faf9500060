package dev.tidegate.transforms;

import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.LedgerRetention;
import dev.tidegate.transforms.postgresql.SourceUpkeep;
import java.util.List;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.io.GenerateSequence;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PDone;
import org.joda.time.Duration;

/**
 * Deletes what the ledger has kept long enough, a little every minute, and every other second does
 * what sources want done beside the events. A failure is logged, and the work waits for the next
 * time: no event waits for it, and no job fails because of it.
 *
 * <p>Its clock is a source, and a runner may ask a source many times a second whether it has
 * something. The local system deletes without a runner instead: an idle machine sleeps.
 */
public final class PurgeLedger extends PTransform<PBegin, PDone> {
  private static final long serialVersionUID = 1L;

  private final DatabaseConfiguration database;
  private final Duration retention;
  private final List<String> upkeep;

  private PurgeLedger(DatabaseConfiguration database, Duration retention, List<String> upkeep) {
    this.database = database;
    this.retention = retention;
    this.upkeep = upkeep;
  }

  /**
   * Purges the ledger in {@code database}.
   *
   * @param retention how long the ledger keeps what it knows of a notification; zero for ever
   * @param sources may have upkeep of their own
   */
  public static PurgeLedger in(
      DatabaseConfiguration database, Duration retention, EventSources sources) {
    return new PurgeLedger(database, retention, sources.upkeep());
  }

  /** The first tick comes at once: a fresh ledger has no partitions for its payloads yet. */
  @Override
  public PDone expand(PBegin begin) {
    begin
        .apply(
            "Tick",
            GenerateSequence.from(0).withRate(1, Duration.millis(SourceUpkeep.PERIOD.toMillis())))
        .apply("DeleteOld", ParDo.of(new DeleteOldFn(database, retention, upkeep)))
        .setCoder(VoidCoder.of());
    return PDone.in(begin.getPipeline());
  }

  /** Does the upkeep at every tick, and deletes once a minute. */
  static final class DeleteOldFn extends DoFn<Long, Void> {
    private static final long serialVersionUID = 1L;

    private final DatabaseConfiguration database;
    private final Duration retention;
    private final List<String> upkeep;

    private transient ConnectionPool pool;
    private transient LedgerRetention ledger;
    private transient SourceUpkeep sources;
    private transient long notBefore;

    DeleteOldFn(DatabaseConfiguration database, Duration retention, List<String> upkeep) {
      this.database = database;
      this.retention = retention;
      this.upkeep = upkeep;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(database);
      ledger = new LedgerRetention(pool, java.time.Duration.ofMillis(retention.getMillis()));
      sources = new SourceUpkeep(pool, upkeep);
      notBefore = System.nanoTime();
    }

    /**
     * A job that goes on after a stop makes up for all the ticks it missed: one of them will do.
     */
    @ProcessElement
    public void process(@Element Long tick) {
      sources.run();
      long now = System.nanoTime();
      if (now - notBefore < 0) {
        return;
      }
      notBefore = now + LedgerRetention.PERIOD.toNanos();
      LedgerRetention.Result result = ledger.run();
      PipelineMetrics.LEDGER_ROWS_DELETED.inc(result.rowsDeleted());
      PipelineMetrics.LEDGER_PARTITIONS_DROPPED.inc(result.partitionsDropped());
    }

    @Teardown
    public void teardown() {
      pool.close();
    }
  }
}
