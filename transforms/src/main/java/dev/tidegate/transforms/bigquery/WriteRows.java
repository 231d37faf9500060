package dev.tidegate.transforms.bigquery;

import com.google.api.services.bigquery.model.TableReference;
import com.google.api.services.bigquery.model.TableRow;
import dev.tidegate.transforms.bigquery.BigQueryRow.JsonForm;
import dev.tidegate.transforms.files.ArchiveFormat;
import java.io.Serializable;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO.Write.Method;
import org.apache.beam.sdk.io.gcp.bigquery.InsertRetryPolicy;
import org.apache.beam.sdk.io.gcp.bigquery.WriteResult;
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
 * Appends a row of each value to its table of a BigQuery archive, by any of Beam's methods, and
 * creates the table where it is absent. What comes out are the rows that BigQuery refuses for good;
 * what it does not take for any other reason is repeated until it does, and so is what a table
 * refuses that has changed ({@link TableRefusals}).
 *
 * @param <T> what is archived
 */
public final class WriteRows<T> extends PTransform<PCollection<T>, PCollection<RefusedRow>> {
  private static final long serialVersionUID = 1L;

  private static final Set<Method> STORAGE_API =
      Set.of(Method.STORAGE_API_AT_LEAST_ONCE, Method.STORAGE_WRITE_API);

  private static final String TAKEN_COLUMN = "tenant_id";

  /** Files that are written side by side for a load job. */
  private static final int FILE_SHARDS = 4;

  private final BigQueryArchive archive;
  private final ArchiveFormat<T> format;

  private WriteRows(BigQueryArchive archive, ArchiveFormat<T> format) {
    this.archive = archive;
    this.format = format;
  }

  public static <T> WriteRows<T> to(BigQueryArchive archive, ArchiveFormat<T> format) {
    return new WriteRows<>(archive, format);
  }

  @Override
  public PCollection<RefusedRow> expand(PCollection<T> values) {
    PCollection<RefusedRow> refused =
        archive.method() == Method.FILE_LOADS ? load(values) : insert(values);
    return refused.setCoder(RefusedRowCoder.of());
  }

  /** A load job names no bad row, it fails: bad rows are found before. */
  private PCollection<RefusedRow> load(PCollection<T> values) {
    TupleTag<T> fitting = new TupleTag<>("fitting");
    TupleTag<RefusedRow> refused = new TupleTag<>("refused");
    PCollectionTuple checked =
        values.apply(
            "CheckRows",
            ParDo.of(new CheckRowsFn<>(format, fitting, refused))
                .withOutputTags(fitting, TupleTagList.of(refused)));
    PCollection<T> loaded = checked.get(fitting).setCoder(values.getCoder());
    loaded.apply("Load", write(loaded.isBounded(), JsonForm.VALUE));
    return checked.get(refused);
  }

  private PCollection<RefusedRow> insert(PCollection<T> values) {
    WriteResult result = values.apply("Insert", write(values.isBounded(), JsonForm.TEXT));
    TableRefusals refusals = new TableRefusals(archive, format);
    takenBy(result)
        .apply("RememberTaken", ParDo.of(refusals.rememberTaken()))
        .setCoder(VoidCoder.of());
    return refusedBy(result)
        .setCoder(RefusedRowCoder.of())
        .apply("PassFaulty", ParDo.of(refusals.passFaulty()));
  }

  private PCollection<TableRow> takenBy(WriteResult result) {
    return STORAGE_API.contains(archive.method())
        ? result.getSuccessfulStorageApiInserts()
        : result.getSuccessfulInserts();
  }

  /** Each of the two getters throws for the other's methods. */
  private PCollection<RefusedRow> refusedBy(WriteResult result) {
    Refusals refusals = new Refusals(ArchiveTable.of(format).schema());
    TypeDescriptor<RefusedRow> type = TypeDescriptor.of(RefusedRow.class);
    return STORAGE_API.contains(archive.method())
        ? result
            .getFailedStorageApiInserts()
            .apply("Refused", MapElements.into(type).via(refusals::of))
        : result
            .getFailedInsertsWithErr()
            .apply("Refused", MapElements.into(type).via(refusals::of));
  }

  private BigQueryIO.Write<T> write(IsBounded bounded, JsonForm jsonForm) {
    ArchiveTable table = ArchiveTable.of(format);
    // A variable of its own, for the function not to hold this transform.
    ArchiveFormat<T> formatOfRows = format;
    BigQueryIO.Write<T> write =
        BigQueryIO.<T>write()
            .to(
                new TableReference()
                    .setProjectId(archive.project())
                    .setDatasetId(archive.dataset())
                    .setTableId(format.table()))
            .withMethod(archive.method())
            .withFormatFunction(value -> BigQueryRow.of(formatOfRows, value, jsonForm))
            .withSchema(table.schema())
            .withTimePartitioning(table.partitioning())
            .withClustering(table.clustering())
            .withCreateDisposition(BigQueryIO.Write.CreateDisposition.CREATE_IF_NEEDED)
            .withWriteDisposition(BigQueryIO.Write.WriteDisposition.WRITE_APPEND)
            // Laying a pipeline asks no server.
            .withoutValidation();
    if (archive.services() != null) {
      write = write.withTestServices(archive.services());
    }
    return bounded == IsBounded.UNBOUNDED ? streaming(refusing(write)) : refusing(write);
  }

  private BigQueryIO.Write<T> refusing(BigQueryIO.Write<T> write) {
    if (STORAGE_API.contains(archive.method())) {
      // That rows are taken is all that anyone wants to know of them.
      return write.withPropagateSuccessfulStorageApiWrites(
          (Predicate<String> & Serializable) TAKEN_COLUMN::equals);
    }
    // Otherwise a refused row would be repeated for ever, and those beside it with it.
    return archive.method() == Method.STREAMING_INSERTS
        ? write
            .withFailedInsertRetryPolicy(InsertRetryPolicy.retryTransientErrors())
            .withExtendedErrorInfo()
        : write;
  }

  private BigQueryIO.Write<T> streaming(BigQueryIO.Write<T> write) {
    Duration frequency = Duration.millis(archive.triggeringFrequency().toMillis());
    return switch (archive.method()) {
      case FILE_LOADS ->
          archive.collect()
              ? write.withTriggeringFrequency(frequency).withAutoSharding()
              : write.withTriggeringFrequency(frequency).withNumFileShards(FILE_SHARDS);
      // With no number of streams, Beam collects rows by its own sharding.
      case STORAGE_WRITE_API -> write.withTriggeringFrequency(frequency);
      case STREAMING_INSERTS -> archive.collect() ? write.withAutoSharding() : write;
      default -> write;
    };
  }
}
