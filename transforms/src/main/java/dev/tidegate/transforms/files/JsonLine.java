package dev.tidegate.transforms.files;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StorableText;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** A row as a JSON object on one line; what is absent is left out, which reads as null. */
final class JsonLine implements ArchiveRow, Closeable {
  private static final int EXPECTED_BYTES = 8 << 10;

  private final ByteArrayOutputStream out;
  private final JsonGenerator generator;

  /** The line of {@code value}, not ended. */
  static <T> byte[] of(ArchiveFormat<T> format, T value) throws IOException {
    try (JsonLine line = new JsonLine(EXPECTED_BYTES)) {
      format.write(value, line);
      return line.finish();
    }
  }

  private JsonLine(int expectedBytes) throws IOException {
    out = new ByteArrayOutputStream(expectedBytes);
    generator = Json.mapper().getFactory().createGenerator(out);
    generator.writeStartObject();
  }

  @Override
  public ArchiveRow text(String column, String value) throws IOException {
    generator.writeStringField(column, StorableText.withoutHalves(value));
    return this;
  }

  /** In microseconds: BigQuery refuses finer parts. */
  @Override
  public ArchiveRow time(String column, Instant value) throws IOException {
    return text(column, value.truncatedTo(ChronoUnit.MICROS).toString());
  }

  @Override
  public ArchiveRow number(String column, long value) throws IOException {
    generator.writeNumberField(column, value);
    return this;
  }

  @Override
  public ArchiveRow decimal(String column, double value) throws IOException {
    generator.writeNumberField(column, value);
    return this;
  }

  @Override
  public ArchiveRow bool(String column, Optional<Boolean> value) throws IOException {
    if (value.isPresent()) {
      generator.writeBooleanField(column, value.get());
    }
    return this;
  }

  /** The generator takes raw text only: the bytes go past it, after what it has written. */
  @Override
  public ArchiveRow json(String column, byte[] value) throws IOException {
    generator.writeFieldName(column);
    generator.writeRawValue("");
    generator.flush();
    out.write(value);
    return this;
  }

  @Override
  public ArchiveRow bytes(String column, byte[] value) throws IOException {
    generator.writeBinaryField(column, value);
    return this;
  }

  private byte[] finish() throws IOException {
    generator.writeEndObject();
    generator.close();
    return out.toByteArray();
  }

  @Override
  public void close() throws IOException {
    generator.close();
  }
}
