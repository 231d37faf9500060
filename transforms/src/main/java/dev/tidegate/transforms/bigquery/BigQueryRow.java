package dev.tidegate.transforms.bigquery;

import com.fasterxml.jackson.databind.util.RawValue;
import com.google.api.services.bigquery.model.TableRow;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.transforms.archive.ArchiveRow;
import dev.tidegate.transforms.archive.ArchiveTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * A row as BigQueryIO takes it. Times are ISO texts in UTC and bytes are Base64 by every method:
 * all of them understand that alike, while a bare number is seconds to one and microseconds to
 * another. JSON is what they differ in, see {@link JsonForm}.
 */
final class BigQueryRow implements ArchiveRow {
  private final TableRow row = new TableRow();
  private final JsonForm jsonForm;

  private BigQueryRow(JsonForm jsonForm) {
    this.jsonForm = jsonForm;
  }

  /** The row of {@code value}. */
  static <T> TableRow of(ArchiveTable<T> table, T value, JsonForm jsonForm) {
    BigQueryRow row = new BigQueryRow(jsonForm);
    try {
      table.write(value, row);
    } catch (IOException impossible) {
      throw new UncheckedIOException("nothing is written to", impossible);
    }
    return row.row;
  }

  @Override
  public ArchiveRow text(String column, String value) {
    row.set(column, StorableText.withoutHalves(value));
    return this;
  }

  @Override
  public ArchiveRow time(String column, Instant value) {
    return text(column, Microseconds.textOf(value));
  }

  @Override
  public ArchiveRow number(String column, long value) {
    row.set(column, value);
    return this;
  }

  @Override
  public ArchiveRow decimal(String column, double value) {
    row.set(column, value);
    return this;
  }

  @Override
  public ArchiveRow bool(String column, Optional<Boolean> value) {
    value.ifPresent(bool -> row.set(column, bool));
    return this;
  }

  @Override
  public ArchiveRow json(String column, byte[] value) {
    String json = new String(value, StandardCharsets.UTF_8);
    row.set(
        column,
        switch (jsonForm) {
          case TEXT -> json;
          case VALUE -> new RawValue(json);
        });
    return this;
  }

  @Override
  public ArchiveRow bytes(String column, byte[] value) {
    return text(column, Base64.getEncoder().encodeToString(value));
  }

  /** How a value of a JSON column is given. */
  enum JsonForm {
    /** As a text of JSON: the Storage API parses it. */
    TEXT,
    /** As JSON within the row's own: load jobs would take a text for a JSON string. */
    VALUE
  }
}
