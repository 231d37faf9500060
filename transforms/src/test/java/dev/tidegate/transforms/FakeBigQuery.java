package dev.tidegate.transforms;

import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableReference;
import com.google.api.services.bigquery.model.TableRow;
import dev.tidegate.transforms.archive.Archive;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.beam.sdk.io.gcp.testing.FakeBigQueryServices;
import org.apache.beam.sdk.io.gcp.testing.FakeDatasetService;
import org.apache.beam.sdk.io.gcp.testing.FakeJobService;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Beam's stand-in for BigQuery, with one dataset, which may refuse a notification's rows. */
final class FakeBigQuery {
  static final String PROJECT = "project";

  /** In the place of a notification ID: all rows are refused, until the table is mended. */
  static final String ALL = "all";

  /** Workers have copies of all else. */
  private static final AtomicBoolean MENDED = new AtomicBoolean();

  /** Beam remembers, for the whole process, which tables are there: each dataset has its name. */
  private static final AtomicInteger DATASETS = new AtomicInteger();

  private final String dataset;
  private final RefusingDatasetService tables;
  private final FakeJobService jobs;

  private FakeBigQuery(String dataset, RefusingDatasetService tables, FakeJobService jobs) {
    this.dataset = dataset;
    this.tables = tables;
    this.jobs = jobs;
  }

  /**
   * An empty dataset; what another test left is gone.
   *
   * @param refused the notification ID whose rows are refused
   * @param failingPolls how often asking for a load job fails
   */
  static FakeBigQuery start(String refused, int failingPolls)
      throws IOException, InterruptedException {
    FakeDatasetService.setUp();
    FakeJobService.setUp();
    MENDED.set(false);
    RefusingDatasetService tables = new RefusingDatasetService(refused);
    String dataset = "archive" + DATASETS.incrementAndGet();
    tables.createDataset(PROJECT, dataset, "", "", null);
    return new FakeBigQuery(dataset, tables, new FakeJobService(failingPolls));
  }

  /** The dataset as an archive whose rows are streamed. */
  Archive streamed() {
    return archive(null);
  }

  /** The dataset as an archive whose rows are loaded. */
  Archive loaded() {
    return archive(Duration.ofSeconds(1));
  }

  private Archive archive(@Nullable Duration loadFrequency) {
    return new Archive.BigQuery(
        PROJECT,
        dataset,
        loadFrequency,
        new FakeBigQueryServices().withDatasetService(tables).withJobService(jobs));
  }

  /** From now on the tables take all rows. */
  static void mend() {
    MENDED.set(true);
  }

  List<TableRow> rowsOf(String table) throws IOException, InterruptedException {
    return tables.getAllRows(PROJECT, dataset, table);
  }

  Table table(String table) throws IOException, InterruptedException {
    return tables.getTable(
        new TableReference().setProjectId(PROJECT).setDatasetId(dataset).setTableId(table));
  }

  void create(Table table) throws IOException {
    tables.createTable(
        table.setTableReference(table.getTableReference().clone().setDatasetId(dataset)));
  }

  private static final class RefusingDatasetService extends FakeDatasetService {
    private static final long serialVersionUID = 1L;

    RefusingDatasetService(String refused) {
      // For the Storage API. The parameter goes with it, so that workers' copies refuse too.
      setShouldFailRow((Function<TableRow, Boolean> & Serializable) row -> isRefused(row, refused));
    }

    private static boolean isRefused(TableRow row, String refused) {
      return refused.equals(ALL) ? !MENDED.get() : refused.equals(row.get("notification_id"));
    }
  }
}
