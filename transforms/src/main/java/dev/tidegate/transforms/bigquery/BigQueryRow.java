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
 * another. They differ in JSON: the Storage API parses a text of JSON, while load jobs would take
 * it for a JSON string and want the value itself.
 */
final class BigQueryRow implements ArchiveRow {
  private final TableRow row = new TableRow();
  private final boolean loaded;

  private BigQueryRow(boolean loaded) {
    this.loaded = loaded;
  }

  /**
   * The row of {@code value}.
   *
   * @param loaded whether it is for a load job
   */
  static <T> TableRow of(ArchiveTable<T> table, T value, boolean loaded) {
    BigQueryRow row = new BigQueryRow(loaded);
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
    row.set(column, loaded ? new RawValue(json) : json);
    return this;
  }

  @Override
  public ArchiveRow bytes(String column, byte[] value) {
    return text(column, Base64.getEncoder().encodeToString(value));
  }
}
