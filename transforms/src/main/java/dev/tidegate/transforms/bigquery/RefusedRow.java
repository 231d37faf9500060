package dev.tidegate.transforms.bigquery;

import org.apache.beam.sdk.coders.DefaultCoder;

/**
 * A row that BigQuery does not take.
 *
 * @param json the row as a JSON object: times are ISO texts with an offset, bytes are Base64, and
 *     JSON columns may be texts of JSON
 * @param reason why, without any value of the row
 */
@DefaultCoder(RefusedRowCoder.class)
public record RefusedRow(String json, String reason) {}
