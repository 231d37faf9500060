package dev.tidegate.transforms.bigquery;

import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.transforms.files.ArchiveFormat;
import java.util.Optional;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.values.TupleTag;

/**
 * Lets pass the values whose rows a load job will take.
 *
 * @param <T> what is archived
 */
final class CheckRowsFn<T> extends DoFn<T, T> {
  private static final long serialVersionUID = 1L;

  private final ArchiveFormat<T> format;
  private final TupleTag<T> fitting;
  private final TupleTag<RefusedRow> refused;
  private transient RowCheck check;
  private transient Refusals refusals;

  CheckRowsFn(ArchiveFormat<T> format, TupleTag<T> fitting, TupleTag<RefusedRow> refused) {
    this.format = format;
    this.fitting = fitting;
    this.refused = refused;
  }

  @Setup
  public void setup() {
    TableSchema schema = ArchiveTable.of(format).schema();
    check = new RowCheck(schema);
    refusals = new Refusals(schema);
  }

  @ProcessElement
  public void process(@Element T value, MultiOutputReceiver out) {
    TableRow row = BigQueryRow.of(format, value, BigQueryRow.JsonForm.VALUE);
    Optional<String> mistake = check.mistakeIn(row);
    if (mistake.isEmpty()) {
      out.get(fitting).output(value);
    } else {
      out.get(refused).output(refusals.of(row, mistake.get()));
    }
  }
}
