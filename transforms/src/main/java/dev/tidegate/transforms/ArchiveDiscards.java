package dev.tidegate.transforms;

import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventOutcomeCoder;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveCopies;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DiscardedLetters;
import dev.tidegate.transforms.postgresql.DiscardedLetters.Discard;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.beam.sdk.io.GenerateSequence;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the archive of the dead letters that operators discard: PostgreSQL knows of it first, and
 * only the pipeline writes the archive. Each becomes a row of the outcomes, seconds later.
 *
 * <p>A row may come twice: after a failure, and where a runner has several workers tell the time.
 * No failure here fails the job, and no event waits. The local system does this without a runner,
 * as it purges the ledger: see {@link PurgeLedger}.
 */
public final class ArchiveDiscards extends PTransform<PBegin, PDone> {
  private static final long serialVersionUID = 1L;

  /**
   * How long a row is on its way, at the most: a runner has made its checkpoint by then, and what
   * comes after one is repeated by the runner.
   */
  private static final Duration ON_ITS_WAY = Duration.ofMinutes(10);

  private final DatabaseConfiguration database;
  private final Archive archive;

  private ArchiveDiscards(DatabaseConfiguration database, Archive archive) {
    this.database = database;
    this.archive = archive;
  }

  /** Tells {@code archive} of what is discarded in {@code database}. */
  public static ArchiveDiscards of(DatabaseConfiguration database, Archive archive) {
    return new ArchiveDiscards(database, archive);
  }

  @Override
  public PDone expand(PBegin begin) {
    PCollection<EventOutcome> discards =
        begin
            .apply(
                "Tick",
                GenerateSequence.from(0)
                    .withRate(1, org.joda.time.Duration.millis(DiscardedLetters.PERIOD.toMillis())))
            .apply("ReadDiscards", ParDo.of(new ReadDiscardsFn(database, ON_ITS_WAY)))
            .setCoder(EventOutcomeCoder.of());
    return discards.apply("ArchiveOutcomes", ArchiveCopies.ofOutcomes(archive.unhurried()));
  }

  /** Reads at every tick. */
  static final class ReadDiscardsFn extends DoFn<Long, EventOutcome> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(ArchiveDiscards.class);

    private final DatabaseConfiguration database;
    private final Duration onItsWay;

    private transient ConnectionPool pool;
    private transient DiscardedLetters letters;

    /** What was sent to the archive, and when. A worker that dies forgets it: it is sent again. */
    private transient Map<Discard, Long> sent;

    private transient long notBefore;

    ReadDiscardsFn(DatabaseConfiguration database, Duration onItsWay) {
      this.database = database;
      this.onItsWay = onItsWay;
    }

    @Setup
    public void setup() {
      pool = ConnectionPool.open(database);
      letters = new DiscardedLetters(pool);
      sent = new LinkedHashMap<>();
      notBefore = System.nanoTime();
    }

    /** One tick does for all that were missed. */
    @ProcessElement
    public void process(@Element Long tick, OutputReceiver<EventOutcome> out) {
      long now = System.nanoTime();
      if (now - notBefore < 0) {
        return;
      }
      notBefore = now + DiscardedLetters.PERIOD.toNanos() / 2;
      try {
        readAt(now, out::output);
      } catch (SQLException | RuntimeException failure) {
        LOG.warn("the archive learns of discarded letters later: {}", failure.toString());
      }
    }

    /** Sends what was not sent before, and notes what has had the time to arrive. */
    void readAt(long now, Consumer<EventOutcome> out) throws SQLException {
      List<Discard> arrived = new ArrayList<>();
      sent.forEach(
          (discard, since) -> {
            if (now - since >= onItsWay.toNanos()) {
              arrived.add(discard);
            }
          });
      letters.setArchived(arrived);
      arrived.forEach(sent::remove);
      for (Discard discard : letters.unknown(sent.keySet())) {
        out.accept(discard.outcome());
        sent.put(discard, now);
      }
    }

    @Teardown
    public void teardown() {
      pool.close();
    }
  }
}
