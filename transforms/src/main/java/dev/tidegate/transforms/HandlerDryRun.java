package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventPreview;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.ScratchTables;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * Dry runs with the handlers of {@link EventSources}: previews events, and writes what comes of
 * them to {@link ScratchTables}, a batch at a time.
 */
public final class HandlerDryRun implements DryRun {
  private static final int BATCH = 500;

  /** A batch takes no further event when its bodies have this many bytes. */
  private static final long MOST_BYTES = 8L << 20;

  private static final String MISSING_RIGHT = "42501";

  private final DatabaseConfiguration database;
  private final Supplier<EventSources> sources;

  /**
   * Dry runs against {@code database}.
   *
   * @param sources those that are loaded now; asked once for each run
   */
  public HandlerDryRun(DatabaseConfiguration database, Supplier<EventSources> sources) {
    this.database = database;
    this.sources = sources;
  }

  @Override
  public Result run(Iterator<RawEvent> events, Progress progress) throws ImpossibleException {
    EventSources loaded = sources.get();
    try (ScratchTables scratch = ScratchTables.open(database, loaded)) {
      Run run = new Run(new HandlerPreview(() -> loaded), scratch, progress);
      while (events.hasNext()) {
        run.nextBatch(events);
      }
      return run.result();
    } catch (SQLException failure) {
      throw new ImpossibleException(reasonOf(failure), failure);
    }
  }

  /** Never the server's words, which quote values. */
  private String reasonOf(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    return state.equals(MISSING_RIGHT)
        ? "The database's user lacks a right: dry runs need GRANT CREATE ON DATABASE … TO %s, and SELECT on the tables (SQLSTATE %s)"
            .formatted(database.username(), state)
        : "The database does not let the dry run finish (SQLSTATE %s)".formatted(state);
  }

  /** A run under way. */
  private static final class Run implements EventWriter.Result {
    private final EventPreview preview;
    private final ScratchTables scratch;
    private final Progress progress;
    private final Map<String, Failure> failures = new LinkedHashMap<>();
    private long done;
    private long succeeded;
    private long failed;

    Run(EventPreview preview, ScratchTables scratch, Progress progress) {
      this.preview = preview;
      this.scratch = scratch;
      this.progress = progress;
    }

    void nextBatch(Iterator<RawEvent> events) throws SQLException {
      List<EventWriter.Entry> batch = new ArrayList<>();
      long bytes = 0;
      int taken = 0;
      while (taken < BATCH && bytes < MOST_BYTES && events.hasNext()) {
        RawEvent event = events.next();
        taken++;
        bytes += event.body().length;
        EventPreview.Outcome outcome = preview.of(event);
        outcome.letter().ifPresent(this::fail);
        outcome
            .transformed()
            .ifPresent(
                made -> batch.add(new EventWriter.Entry(made.withoutPayload(), Instant.now())));
      }
      if (!batch.isEmpty()) {
        scratch.write(batch, this);
      }
      done += taken;
      if (!progress.done(done)) {
        throw new CancellationException("the dry run was cancelled");
      }
    }

    @Override
    public void committed(EventWriter.Entry entry, EventOutcome.Status outcome) {
      succeeded++;
    }

    @Override
    public void refused(EventWriter.Entry entry, String reason) {
      fail(
          DeadLetter.builder()
              .event(entry.transformed().event().raw())
              .stage(UpsertRows.STAGE)
              .errorClass(ErrorClass.DATABASE_REJECTED)
              .errorMessage(reason)
              .failedAt(Instant.now())
              .build());
    }

    private void fail(DeadLetter letter) {
      failed++;
      String fingerprint = letter.fingerprint();
      Failure known = failures.get(fingerprint);
      if (known != null) {
        failures.put(fingerprint, withOneMore(known));
      } else if (failures.size() < 10 * MOST_KINDS) {
        RawEvent event = letter.event();
        failures.put(
            fingerprint,
            new Failure(
                letter.stage(),
                letter.errorClass(),
                letter.errorMessage(),
                fingerprint,
                1,
                new Sample(event.tenantId(), event.source(), event.identity())));
      }
    }

    private static Failure withOneMore(Failure known) {
      return new Failure(
          known.stage(),
          known.errorClass(),
          known.message(),
          known.fingerprint(),
          known.events() + 1,
          known.sample());
    }

    Result result() throws SQLException {
      return new Result(
          succeeded,
          failed,
          failures.values().stream()
              .sorted(Comparator.comparing(Failure::events).reversed())
              .limit(MOST_KINDS)
              .toList(),
          scratch.effects(),
          scratch.differences());
    }
  }
}
