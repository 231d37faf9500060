package dev.tidegate.transforms;

import com.google.api.services.bigquery.model.ErrorProto;
import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableDataInsertAllResponse.InsertErrors;
import com.google.api.services.bigquery.model.TableReference;
import com.google.api.services.bigquery.model.TableRow;
import com.google.cloud.bigquery.storage.v1.AppendRowsRequest.MissingValueInterpretation;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import dev.tidegate.transforms.bigquery.BigQueryArchive;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO.Write.Method;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryServices.StreamAppendClient;
import org.apache.beam.sdk.io.gcp.bigquery.ErrorContainer;
import org.apache.beam.sdk.io.gcp.bigquery.InsertRetryPolicy;
import org.apache.beam.sdk.io.gcp.testing.FakeBigQueryServices;
import org.apache.beam.sdk.io.gcp.testing.FakeDatasetService;
import org.apache.beam.sdk.io.gcp.testing.FakeJobService;
import org.apache.beam.sdk.values.FailsafeValueInSingleWindow;
import org.apache.beam.sdk.values.ValueInSingleWindow;

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

  Archive archive(Method method, Batching batching) {
    return new Archive.BigQuery(
        BigQueryArchive.in(
                PROJECT,
                dataset,
                method,
                Duration.ofSeconds(1),
                batching.mode() == Batching.Mode.GROUPS)
            .withServices(
                new FakeBigQueryServices().withDatasetService(tables).withJobService(jobs)),
        batching);
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

  /** How many requests the Storage API was sent, in this and other datasets. */
  static int appends() {
    return RefusingDatasetService.APPENDS.get();
  }

  private static final class RefusingDatasetService extends FakeDatasetService {
    private static final long serialVersionUID = 1L;

    /** Workers have copies of this. */
    private static final AtomicInteger APPENDS = new AtomicInteger();

    private final String refused;

    RefusingDatasetService(String refused) {
      this.refused = refused;
      // For the Storage API. Fields are ours, so that workers' copies refuse too.
      setShouldFailRow((Function<TableRow, Boolean> & Serializable) row -> isRefused(row, refused));
    }

    private static boolean isRefused(TableRow row, String refused) {
      return refused.equals(ALL) ? !MENDED.get() : refused.equals(row.get("notification_id"));
    }

    @Override
    public StreamAppendClient getStreamAppendClient(
        String stream,
        DescriptorProto descriptor,
        boolean useConnectionPool,
        MissingValueInterpretation missingValues)
        throws Exception {
      StreamAppendClient client =
          super.getStreamAppendClient(stream, descriptor, useConnectionPool, missingValues);
      return (StreamAppendClient)
          Proxy.newProxyInstance(
              FakeBigQuery.class.getClassLoader(),
              new Class<?>[] {StreamAppendClient.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("appendRows")) {
                  APPENDS.incrementAndGet();
                }
                return method.invoke(client, arguments);
              });
    }

    /** For streaming inserts. Load jobs arrive without a container of errors. */
    @Override
    public <T> long insertAll(
        TableReference table,
        List<FailsafeValueInSingleWindow<TableRow, TableRow>> rows,
        List<String> ids,
        InsertRetryPolicy retryPolicy,
        List<ValueInSingleWindow<T>> failed,
        ErrorContainer<T> errors,
        boolean skipInvalidRows,
        boolean ignoreUnknownValues,
        boolean ignoreIds,
        List<ValueInSingleWindow<TableRow>> successful)
        throws IOException, InterruptedException {
      List<FailsafeValueInSingleWindow<TableRow, TableRow>> taken = new ArrayList<>();
      List<String> takenIds = ids == null ? null : new ArrayList<>();
      InsertErrors invalid =
          new InsertErrors()
              .setErrors(
                  List.of(
                      new ErrorProto()
                          .setReason("invalid")
                          .setLocation("payload")
                          .setMessage("cannot convert secret")));
      for (int i = 0; i < rows.size(); i++) {
        if (errors != null
            && isRefused(rows.get(i).getValue(), refused)
            && !retryPolicy.shouldRetry(new InsertRetryPolicy.Context(invalid))) {
          errors.add(failed, invalid, table, rows.get(i));
        } else {
          taken.add(rows.get(i));
          if (takenIds != null) {
            takenIds.add(ids.get(i));
          }
        }
      }
      return super.insertAll(
          table,
          taken,
          takenIds,
          retryPolicy,
          failed,
          errors,
          skipInvalidRows,
          ignoreUnknownValues,
          ignoreIds,
          successful);
    }
  }
}
