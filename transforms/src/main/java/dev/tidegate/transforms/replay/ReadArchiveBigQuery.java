package dev.tidegate.transforms.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.ReplayAttributes;
import dev.tidegate.transforms.archive.ArchivedEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

  private static final Pattern DATASET =
      Pattern.compile("(?:([A-Za-z0-9][A-Za-z0-9.:-]*?)[.:])?([A-Za-z0-9_]{1,1024})");

  /** Before all that can be stored: a bound that leaves nothing out. */
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  /** Every column comes as text: reading does not depend on how BigQuery exports its types. */
  private static final String COLUMNS =
      "notification_id, tenant_id, source, event_type, payload_sha256, message_id,"
          + " TO_BASE64(body) AS body,"
          + " IF(payload IS NULL, NULL, TO_JSON_STRING(payload)) AS payload,"
          + " TO_JSON_STRING(attributes) AS attributes,"
          + " FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', publish_time, 'UTC') AS publish_time";

  private final String query;
  private final transient @Nullable BigQueryServices testServices;

  /**
   * @param testServices a BigQuery that answers {@code query} as a test wants it; null for BigQuery
   */
  ReadArchiveBigQuery(String query, @Nullable BigQueryServices testServices) {
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
    return new ReadArchiveBigQuery(queryOf(dataset, filter), null);
  }

  /** Whether {@code dataset} is {@code DATASET}, {@code PROJECT.DATASET} or with a colon. */
  public static boolean isDataset(String dataset) {
    return DATASET.matcher(dataset).matches();
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

  /**
   * The query in GoogleSQL. It always has a condition on {@code received_at}, the partitions'
   * column: a table may demand one, and a query with bounds reads no other days.
   */
  static String queryOf(String dataset, ReplayFilter filter) {
    Matcher name = DATASET.matcher(dataset);
    if (!name.matches()) {
      throw new IllegalArgumentException("not a dataset: " + dataset);
    }
    @Nullable Instant from = filter.received().from();
    @Nullable Instant to = filter.received().to();
    List<String> conditions = new ArrayList<>();
    conditions.add("received_at >= " + timestamp(from == null ? EARLIEST : from));
    if (to != null) {
      conditions.add("received_at < " + timestamp(to));
    }
    addOneOf(conditions, "tenant_id", filter.tenants());
    addOneOf(conditions, "source", filter.sources());
    addOneOf(conditions, "event_type", filter.eventTypes());
    addOneOf(conditions, "notification_id", filter.notificationIds());
    String project = name.group(1) == null ? "" : name.group(1) + ".";
    return "SELECT "
        + COLUMNS
        + " FROM `%s%s.raw_events` WHERE ".formatted(project, name.group(2))
        + String.join(" AND ", conditions);
  }

  private static void addOneOf(List<String> conditions, String column, Set<String> values) {
    if (!values.isEmpty()) {
      conditions.add(
          values.stream()
              .sorted()
              .map(ReadArchiveBigQuery::literal)
              .collect(Collectors.joining(", ", column + " IN (", ")")));
    }
  }

  private static String timestamp(Instant time) {
    return "TIMESTAMP " + literal(time.toString());
  }

  /** A string literal, with everything escaped but letters, digits and harmless signs. */
  static String literal(String value) {
    StringBuilder literal = new StringBuilder("'");
    value
        .codePoints()
        .forEach(
            c -> {
              if (c < 0x80 && (Character.isLetterOrDigit(c) || "-_.:,/ ".indexOf(c) >= 0)) {
                literal.appendCodePoint(c);
              } else {
                literal.append("\\U%08x".formatted(c));
              }
            });
    return literal.append('\'').toString();
  }
}
