package dev.tidegate.transforms.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.transforms.archive.ArchiveRow;
import dev.tidegate.transforms.archive.ArchiveTable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Writes rows as JSON objects, each on a line of its own. An absent value is left out, and reads as
 * null. One generator serves for all lines: to make one costs more than a short line does.
 */
public final class JsonLines implements ArchiveRow {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .rootValueSeparator("")
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .build();

  private final OutputStream out;
  private final JsonGenerator generator;

  /**
   * @param out takes the lines
   */
  public JsonLines(OutputStream out) throws IOException {
    this.out = out;
    this.generator = FACTORY.createGenerator(out);
  }

  /** Writes {@code value} as a line. After a failure this object is of no more use. */
  public <T> void write(ArchiveTable<T> table, T value) throws IOException {
    generator.writeStartObject();
    table.write(value, this);
    generator.writeEndObject();
    generator.writeRaw('\n');
    generator.flush();
  }

  @Override
  public ArchiveRow text(String column, String value) throws IOException {
    generator.writeStringField(column, StorableText.withoutHalves(value));
    return this;
  }

  @Override
  public ArchiveRow time(String column, Instant value) throws IOException {
    generator.writeStringField(column, Microseconds.textOf(value));
    return this;
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

  @Override
  public ArchiveRow map(String column, Map<String, String> value) throws IOException {
    if (!value.keySet().stream().allMatch(StorableText::isStorable)) {
      // Mended names may be the same. An object cannot have both, and the default drops one.
      return ArchiveRow.super.map(column, value);
    }
    generator.writeObjectFieldStart(column);
    for (Map.Entry<String, String> entry : value.entrySet()) {
      generator.writeStringField(entry.getKey(), StorableText.withoutHalves(entry.getValue()));
    }
    generator.writeEndObject();
    return this;
  }
}
