package dev.tidegate.transforms.bigquery;

import com.google.api.services.bigquery.model.TableReference;
import com.google.api.services.bigquery.model.TableRow;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.RefusedRow;
import java.io.Serializable;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO.Write.Method;
import org.apache.beam.sdk.io.gcp.bigquery.WriteResult;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollection.IsBounded;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;
import org.apache.beam.sdk.values.TypeDescriptor;
import org.joda.time.Duration;

/**
 * Appends a row of each value to its table in BigQuery, and creates the table where it is absent.
 * The output is the rows that BigQuery refuses for good. All else is repeated until BigQuery takes
 * it, and so are the rows that a table refuses because it has changed ({@link TableRefusals}).
 *
 * @param <T> what is archived
 */
public final class WriteRows<T> extends PTransform<PCollection<T>, PCollection<RefusedRow>> {
  private static final long serialVersionUID = 1L;

  private static final String TAKEN_COLUMN = "tenant_id";

  /** Files that are written side by side for a load job: each by one thread, of 20 MB/s or so. */
  private static final int FILE_SHARDS = 8;

  private final Archive.BigQuery archive;
  private final ArchiveTable<T> table;

  private WriteRows(Archive.BigQuery archive, ArchiveTable<T> table) {
    this.archive = archive;
    this.table = table;
  }

  public static <T> WriteRows<T> to(Archive.BigQuery archive, ArchiveTable<T> table) {
    return new WriteRows<>(archive, table);
  }

  @Override
  public PCollection<RefusedRow> expand(PCollection<T> values) {
    return archive.isLoaded() ? load(values) : stream(values);
  }

  /** A load job fails as a whole for one bad row, and names none: bad rows are found before. */
  private PCollection<RefusedRow> load(PCollection<T> values) {
    TupleTag<T> fitting = new TupleTag<>("fitting");
    TupleTag<RefusedRow> refused = new TupleTag<>("refused") {};
    PCollectionTuple checked =
        values.apply(
            "CheckRows",
            ParDo.of(new CheckRowsFn<>(table, refused))
                .withOutputTags(fitting, TupleTagList.of(refused)));
    PCollection<T> loaded = checked.get(fitting).setCoder(values.getCoder());
    BigQueryIO.Write<T> write = write(Method.FILE_LOADS);
    if (values.isBounded() == IsBounded.UNBOUNDED) {
      write =
          write
              .withTriggeringFrequency(Duration.millis(archive.loadFrequency().toMillis()))
              .withNumFileShards(FILE_SHARDS);
    }
    loaded.apply("Load", write);
    return checked.get(refused).setCoder(RefusedRow.coder());
  }

  private PCollection<RefusedRow> stream(PCollection<T> values) {
    WriteResult result =
        values.apply(
            "Insert",
            write(Method.STORAGE_API_AT_LEAST_ONCE)
                // That rows are taken is all that anyone wants to know of them.
                .withPropagateSuccessfulStorageApiWrites(
                    (Predicate<String> & Serializable) TAKEN_COLUMN::equals));
    TableRefusals refusals = new TableRefusals(archive, table);
    result.getSuccessfulStorageApiInserts().apply("RememberTaken", refusals.rememberTaken());
    return result
        .getFailedStorageApiInserts()
        .apply(
            "Refused",
            MapElements.into(TypeDescriptor.of(RefusedRow.class))
                .via(new Refusals(TableDefinition.of(table).schema())::of))
        .setCoder(RefusedRow.coder())
        .apply("PassFaulty", ParDo.of(refusals))
        .setCoder(RefusedRow.coder());
  }

  private BigQueryIO.Write<T> write(Method method) {
    TableDefinition definition = TableDefinition.of(table);
    // Variables of their own, for the function not to hold this transform.
    ArchiveTable<T> tableOfRows = table;
    boolean loaded = archive.isLoaded();
    BigQueryIO.Write<T> write =
        BigQueryIO.<T>write()
            .to(
                new TableReference()
                    .setProjectId(archive.project())
                    .setDatasetId(archive.dataset())
                    .setTableId(definition.name()))
            .withMethod(method)
            .withFormatFunction(value -> BigQueryRow.of(tableOfRows, value, loaded))
            .withSchema(definition.schema())
            .withTimePartitioning(definition.partitioning())
            .withClustering(definition.clustering())
            .withCreateDisposition(BigQueryIO.Write.CreateDisposition.CREATE_IF_NEEDED)
            .withWriteDisposition(BigQueryIO.Write.WriteDisposition.WRITE_APPEND)
            // Laying a pipeline asks no server.
            .withoutValidation();
    return archive.services() == null ? write : write.withTestServices(archive.services());
  }

  /** Passes on the values whose rows a load job will take. */
  private static final class CheckRowsFn<T> extends DoFn<T, T> {
    private static final long serialVersionUID = 1L;

    private final ArchiveTable<T> table;
    private final TupleTag<RefusedRow> refused;
    private transient TableDefinition definition;
    private transient Refusals refusals;

    CheckRowsFn(ArchiveTable<T> table, TupleTag<RefusedRow> refused) {
      this.table = table;
      this.refused = refused;
    }

    @Setup
    public void setup() {
      definition = TableDefinition.of(table);
      refusals = new Refusals(definition.schema());
    }

    @ProcessElement
    public void process(@Element T value, MultiOutputReceiver out, OutputReceiver<T> fitting) {
      TableRow row = BigQueryRow.of(table, value, true);
      Optional<String> mistake = definition.mistakeIn(row);
      if (mistake.isEmpty()) {
        fitting.output(value);
      } else {
        out.get(refused).output(refusals.of(row, mistake.get()));
      }
    }
  }
}
