package dev.tidegate.transforms.bigquery;

import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableReference;
import com.google.api.services.bigquery.model.TableRow;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.transforms.files.ArchiveFormat;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryOptions;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryServices;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryServicesImpl;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.joda.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells rows of an archive's table that are at fault from a table that has changed. Rows pass that
 * are at fault. A table is at fault whose columns are not ours, or that refused {@link
 * RefusalHistory#ENOUGH} different rows in a row for one reason: then the bundle fails, after a
 * while, and the runner repeats it until the table is mended. Whether BigQuery takes a row it says
 * only as long as the row is offered again.
 */
final class TableRefusals implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(TableRefusals.class);

  /** Of all tables; a row is known by its hash. */
  private static final RefusalHistory<String> HISTORY = new RefusalHistory<>();

  /** A failed bundle is repeated at once by some runners: so long it is kept before. */
  private static final long PAUSE_MILLIS = 5_000;

  private final String project;
  private final String dataset;
  private final ArchiveFormat<?> format;
  private final @Nullable BigQueryServices services;

  TableRefusals(BigQueryArchive archive, ArchiveFormat<?> format) {
    this.project = archive.project();
    this.dataset = archive.dataset();
    this.format = format;
    this.services = archive.services();
  }

  /** Remembers that rows were taken. */
  DoFn<TableRow, Void> rememberTaken() {
    return new TakenFn(table());
  }

  /** Lets pass refused rows that are at fault. */
  DoFn<RefusedRow, RefusedRow> passFaulty() {
    return new RefusedFn(this);
  }

  private String table() {
    return project + "." + dataset + "." + format.table();
  }

  /** What of the table is not as it should be, a column each; nothing where it cannot be asked. */
  private List<String> differences(PipelineOptions options) {
    BigQueryServices asked = services == null ? new BigQueryServicesImpl() : services;
    try (BigQueryServices.DatasetService tables =
        asked.getDatasetService(options.as(BigQueryOptions.class))) {
      Table actual =
          tables.getTable(
              new TableReference()
                  .setProjectId(project)
                  .setDatasetId(dataset)
                  .setTableId(format.table()));
      return actual == null || actual.getSchema() == null
          ? List.of()
          : ArchiveTables.differences(ArchiveTable.of(format).schema(), actual.getSchema());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return List.of();
    } catch (Exception unreadable) {
      LOG.warn("The definition of {} cannot be read", table(), unreadable);
      return List.of();
    }
  }

  private static final class TakenFn extends DoFn<TableRow, Void> {
    private static final long serialVersionUID = 1L;

    private final String table;

    TakenFn(String table) {
      this.table = table;
    }

    @ProcessElement
    public void process() {
      HISTORY.took(Set.of(table), HISTORY.now());
    }
  }

  /** Collects a bundle's refused rows: what it is worth is seen when all of them are there. */
  private static final class RefusedFn extends DoFn<RefusedRow, RefusedRow> {
    private static final long serialVersionUID = 1L;

    private final TableRefusals refusals;
    private transient Map<String, List<Waiting>> waiting;

    RefusedFn(TableRefusals refusals) {
      this.refusals = refusals;
    }

    private record Waiting(RefusedRow row, String key, Instant time, BoundedWindow window) {}

    @StartBundle
    public void startBundle() {
      waiting = new LinkedHashMap<>();
    }

    @ProcessElement
    public void process(@Element RefusedRow row, @Timestamp Instant time, BoundedWindow window) {
      String key = Sha256.hexOf(row.json().getBytes(StandardCharsets.UTF_8));
      String reason = row.reason() + ", table " + refusals.table();
      HISTORY.refused(reason, key);
      waiting
          .computeIfAbsent(reason, any -> new ArrayList<>())
          .add(new Waiting(row, key, time, window));
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) throws IOException, InterruptedException {
      if (waiting.isEmpty()) {
        return;
      }
      List<String> differences = refusals.differences(context.getPipelineOptions());
      for (Map.Entry<String, List<Waiting>> group : waiting.entrySet()) {
        String reason = group.getKey();
        boolean tooLarge = Refusals.isTooLarge(group.getValue().get(0).row.reason());
        if (!tooLarge
            && (!differences.isEmpty() || HISTORY.refusedEnough(reason, refusals.table()))) {
          hold(reason, group.getValue(), differences);
        }
        for (Waiting one : group.getValue()) {
          HISTORY.settled(reason, one.key);
          context.output(one.row, one.time, one.window);
        }
      }
    }

    /** Returns where the table has taken others since, and fails where it has not. */
    private void hold(String reason, List<Waiting> rows, List<String> differences)
        throws IOException, InterruptedException {
      String table = refusals.table();
      String text =
          "The archive's table %s refuses every row: %s%s. Mend the table, and it goes on by itself"
              .formatted(
                  table,
                  rows.get(0).row.reason(),
                  differences.isEmpty() ? "" : ": " + String.join("; ", differences));
      if (HISTORY.warn(table, reason, text)) {
        LOG.error("{}. Its rows wait, and none is given up", text);
      }
      Thread.sleep(PAUSE_MILLIS);
      boolean othersTaken =
          rows.stream().allMatch(row -> HISTORY.tookOthersSince(reason, row.key, table));
      if (!differences.isEmpty() || !othersTaken) {
        throw new IOException(text);
      }
    }
  }
}
