package dev.tidegate.transforms.archive;

import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.DelegateCoder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.values.KV;

/**
 * A row that BigQuery does not take.
 *
 * @param json the row as a JSON object: times are ISO texts with an offset, bytes are Base64, and
 *     JSON columns may be texts of JSON
 * @param reason why, without any value of the row
 */
public record RefusedRow(String json, String reason) {
  /** Writes a row as its two texts. */
  public static Coder<RefusedRow> coder() {
    return DelegateCoder.of(
        KvCoder.of(StringUtf8Coder.of(), StringUtf8Coder.of()),
        row -> KV.of(row.json, row.reason),
        texts -> new RefusedRow(texts.getKey(), texts.getValue()));
  }
}
