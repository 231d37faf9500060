package dev.tidegate.transforms.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.ReplayAttributes;
import dev.tidegate.transforms.archive.ArchivedEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryServices;
import org.apache.beam.sdk.io.gcp.bigquery.SchemaAndRecord;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads events out of BigQuery's {@code raw_events}, by one query that leaves out what is not
 * wanted: only the days asked for are paid.
 *
 * <p>A row that came into the table twice is replayed twice under one replay's ID: what reads it
 * drops the second.
 */
public final class ReadArchiveBigQuery extends PTransform<PBegin, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private final String query;
  private final transient @Nullable BigQueryServices testServices;

  private ReadArchiveBigQuery(String query, @Nullable BigQueryServices testServices) {
    this.query = query;
    this.testServices = testServices;
  }

  /**
   * Reads the archive in {@code dataset}.
   *
   * @param dataset {@code DATASET} or {@code PROJECT.DATASET}, see {@link #isDataset}
   * @param filter becomes the query's conditions
   */
  public static ReadArchiveBigQuery in(String dataset, ReplayFilter filter) {
    return new ReadArchiveBigQuery(ArchiveQuery.of(dataset, filter), null);
  }

  /** Whether {@code text} can be a dataset's name. */
  public static boolean isDataset(String text) {
    return ArchiveQuery.isDataset(text);
  }

  /** For a BigQuery that answers {@code query} as a test wants it. */
  static ReadArchiveBigQuery forTest(String query, BigQueryServices services) {
    return new ReadArchiveBigQuery(query, services);
  }

  @Override
  public PCollection<RawEvent> expand(PBegin begin) {
    BigQueryIO.TypedRead<RawEvent> read =
        BigQueryIO.read(ReadArchiveBigQuery::eventOf)
            .fromQuery(query)
            .usingStandardSql()
            .withoutValidation()
            .withCoder(RawEventCoder.of());
    return begin.apply("Query", testServices == null ? read : read.withTestServices(testServices));
  }

  private static RawEvent eventOf(SchemaAndRecord row) {
    GenericRecord record = row.getRecord();
    ObjectNode columns = Json.mapper().createObjectNode();
    for (Schema.Field field : record.getSchema().getFields()) {
      Object value = record.get(field.pos());
      if (value != null) {
        columns.put(field.name(), value.toString());
      }
    }
    try {
      return ReplayAttributes.ofArchived(ArchivedEvent.of(columns));
    } catch (IOException notARow) {
      throw new UncheckedIOException(notARow);
    }
  }
}
