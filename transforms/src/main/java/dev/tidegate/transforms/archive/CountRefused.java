package dev.tidegate.transforms.archive;

import dev.tidegate.transforms.PipelineMetrics;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs rows that the archive refuses and that PostgreSQL has anyway. */
public final class CountRefused extends PTransform<PCollection<RefusedRow>, PDone> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(CountRefused.class);

  private final String table;

  private CountRefused(String table) {
    this.table = table;
  }

  /**
   * @param table the table of the rows, for the log
   */
  public static CountRefused of(String table) {
    return new CountRefused(table);
  }

  @Override
  public PDone expand(PCollection<RefusedRow> rows) {
    rows.apply("CountAndLog", ParDo.of(new CountAndLogFn(table))).setCoder(VoidCoder.of());
    return PDone.in(rows.getPipeline());
  }

  private static final class CountAndLogFn extends DoFn<RefusedRow, Void> {
    private static final long serialVersionUID = 1L;

    private final String table;

    CountAndLogFn(String table) {
      this.table = table;
    }

    @ProcessElement
    public void process(@Element RefusedRow row) {
      PipelineMetrics.ARCHIVE_ROWS_REFUSED.inc();
      LOG.warn("The archive refused a row of {}: {}", table, row.reason());
    }
  }
}
