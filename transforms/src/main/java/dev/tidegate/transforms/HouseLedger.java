package dev.tidegate.transforms;

import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.LedgerHousekeeping;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.io.GenerateSequence;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PDone;
import org.joda.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes room in the ledger and the payloads beside it, a little every minute. What fails is logged
 * and left for the next time: no event waits for it, and no job fails of it.
 */
public final class HouseLedger extends PTransform<PBegin, PDone> {
  private static final long serialVersionUID = 1L;

  /**
   * Often, so that each time is short: a runner's checkpoint may have to wait until it is over. At
   * that pace it deletes some thousand rows a second in the long run.
   */
  private static final Duration PERIOD = Duration.standardMinutes(1);

  private final KeepHouseFn keepHouse;

  private HouseLedger(KeepHouseFn keepHouse) {
    this.keepHouse = keepHouse;
  }

  /**
   * Keeps house in {@code database}.
   *
   * @param retention how long the ledger keeps what it knows of a notification; zero for ever
   */
  public static HouseLedger in(DatabaseConfiguration database, Duration retention) {
    return new HouseLedger(new KeepHouseFn(database, retention, PERIOD));
  }

  /** The first tick comes at once: a fresh ledger has no partitions for its payloads yet. */
  @Override
  public PDone expand(PBegin begin) {
    begin
        .apply("Tick", GenerateSequence.from(0).withRate(1, PERIOD))
        .apply("KeepHouse", ParDo.of(keepHouse))
        .setCoder(VoidCoder.of());
    return PDone.in(begin.getPipeline());
  }

  /** Runs the housekeeping at every tick. */
  static final class KeepHouseFn extends DoFn<Long, Void> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(HouseLedger.class);

    private final DatabaseConfiguration database;
    private final Duration retention;
    private final Duration period;

    private transient ConnectionPool pool;
    private transient LedgerHousekeeping housekeeping;
    private transient long notBefore;

    KeepHouseFn(DatabaseConfiguration database, Duration retention, Duration period) {
      this.database = database;
      this.retention = retention;
      this.period = period;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(database);
      housekeeping =
          new LedgerHousekeeping(pool, java.time.Duration.ofMillis(retention.getMillis()));
      notBefore = System.nanoTime();
    }

    /**
     * A job that goes on after a stop makes up for all the ticks it missed: one of them will do.
     */
    @ProcessElement
    public void process(@Element Long tick) {
      long now = System.nanoTime();
      if (now - notBefore < 0) {
        return;
      }
      notBefore = now + java.time.Duration.ofMillis(period.getMillis()).toNanos() / 2;
      LedgerHousekeeping.Result result = housekeeping.run();
      PipelineMetrics.LEDGER_ROWS_DELETED.inc(result.rowsDeleted());
      PipelineMetrics.LEDGER_PARTITIONS_DROPPED.inc(result.partitionsDropped());
      if (result.partitionsCreated() + result.partitionsDropped() + result.rowsDeleted() > 0) {
        LOG.info(
            "ledger: {} partitions created, {} dropped, {} rows deleted",
            result.partitionsCreated(),
            result.partitionsDropped(),
            result.rowsDeleted());
      }
      for (String reason : result.putOff()) {
        LOG.warn("ledger housekeeping is put off: {}", reason);
      }
    }

    @Teardown
    public void teardown() {
      pool.close();
    }
  }
}
