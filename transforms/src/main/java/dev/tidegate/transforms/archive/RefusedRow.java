package dev.tidegate.transforms.archive;

import java.io.Serializable;

/**
 * A row that BigQuery does not take. There are few: Java's serialization does for them.
 *
 * @param json the row as a JSON object: times are ISO texts with an offset, bytes are Base64, and
 *     JSON columns may be texts of JSON
 * @param reason why, without any value of the row
 */
public record RefusedRow(String json, String reason) implements Serializable {}
