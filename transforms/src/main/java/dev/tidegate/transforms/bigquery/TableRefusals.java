package dev.tidegate.transforms.bigquery;

import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableReference;
import com.google.api.services.bigquery.model.TableRow;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.RefusedRow;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.io.IOException;
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
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.joda.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells faulty rows apart from a table that has changed, by all refused rows of a bundle. Faulty
 * rows are passed on. A table has changed if its columns are not ours, or if it refused {@link
 * RefusalHistory#ENOUGH} different rows in succession for one reason. Then the bundle waits and
 * fails, and the runner repeats it until the table is mended: only a row that is offered again
 * shows whether BigQuery takes it.
 */
final class TableRefusals extends DoFn<RefusedRow, RefusedRow> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(TableRefusals.class);

  /** Of all tables; a row is known by its hash. */
  private static final RefusalHistory<String> HISTORY = new RefusalHistory<>();

  /** How long a bundle waits before it fails: some runners repeat it at once. */
  private static final long PAUSE_MILLIS = 5_000;

  private final Archive.BigQuery archive;
  private final ArchiveTable<?> table;
  private transient Map<String, List<Waiting>> waiting;

  TableRefusals(Archive.BigQuery archive, ArchiveTable<?> table) {
    this.archive = archive;
    this.table = table;
  }

  /** Remembers that rows were taken. */
  MapElements<TableRow, Void> rememberTaken() {
    Set<String> taking = Set.of(fullName());
    return MapElements.into(TypeDescriptors.voids())
        .via(
            row -> {
              HISTORY.took(taking, HISTORY.now());
              return null;
            });
  }

  private String fullName() {
    return archive.project() + "." + archive.dataset() + "." + table.name();
  }

  /** How the table's columns differ from ours, one a text; none where BigQuery cannot be asked. */
  private List<String> differences(PipelineOptions options) {
    BigQueryServices services =
        archive.services() == null ? new BigQueryServicesImpl() : archive.services();
    try (BigQueryServices.DatasetService tables =
        services.getDatasetService(options.as(BigQueryOptions.class))) {
      Table actual =
          tables.getTable(
              new TableReference()
                  .setProjectId(archive.project())
                  .setDatasetId(archive.dataset())
                  .setTableId(table.name()));
      return actual == null || actual.getSchema() == null
          ? List.of()
          : TableDefinition.of(table).differences(actual.getSchema());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return List.of();
    } catch (Exception unreadable) {
      LOG.warn("The definition of {} cannot be read", fullName(), unreadable);
      return List.of();
    }
  }

  private record Waiting(RefusedRow row, String key, Instant time, BoundedWindow window) {}

  @StartBundle
  public void startBundle() {
    waiting = new LinkedHashMap<>();
  }

  @ProcessElement
  public void process(@Element RefusedRow row, @Timestamp Instant time, BoundedWindow window) {
    String key = Sha256.hexOf(row.json().getBytes(StandardCharsets.UTF_8));
    String reason = row.reason() + ", table " + fullName();
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
    List<String> differences = differences(context.getPipelineOptions());
    for (Map.Entry<String, List<Waiting>> group : waiting.entrySet()) {
      String reason = group.getKey();
      boolean tooLarge = Refusals.isTooLarge(group.getValue().get(0).row.reason());
      if (!tooLarge && (!differences.isEmpty() || HISTORY.refusedEnough(reason, fullName()))) {
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
    String table = fullName();
    String text =
        "The archive's table %s refuses every row: %s%s. Mend the table, and it goes on by itself"
            .formatted(
                table,
                rows.get(0).row.reason(),
                differences.isEmpty() ? "" : ": " + String.join("; ", differences));
    if (HISTORY.warn(table, reason, text)) {
      LOG.error("{}. Its rows wait, and none is lost", text);
    }
    Thread.sleep(PAUSE_MILLIS);
    boolean othersTaken =
        rows.stream().allMatch(row -> HISTORY.tookOthersSince(reason, row.key, table));
    if (!differences.isEmpty() || !othersTaken) {
      throw new IOException(text);
    }
  }
}
