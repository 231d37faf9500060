package dev.tidegate.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.SortedMap;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.ListCoder;
import org.apache.beam.sdk.coders.NullableCoder;
import org.apache.beam.sdk.coders.SortedMapCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Writes an {@link Upsert} field by field. Deterministic: columns are sorted by name. */
public final class UpsertCoder extends AtomicCoder<Upsert> {
  private static final UpsertCoder INSTANCE = new UpsertCoder();
  private static final int FORMAT = 3;

  private static final Coder<String> TEXT = StringUtf8Coder.of();
  private static final Coder<List<String>> KEY = ListCoder.of(TEXT);
  private static final Coder<SortedMap<String, @Nullable String>> COLUMNS =
      SortedMapCoder.of(TEXT, NullableCoder.of(TEXT));

  private static final Coder<byte[]> VERSION = ByteArrayCoder.of();

  private UpsertCoder() {}

  public static UpsertCoder of() {
    return INSTANCE;
  }

  @Override
  public void encode(Upsert upsert, OutputStream out) throws IOException {
    out.write(FORMAT);
    TEXT.encode(upsert.table(), out);
    KEY.encode(upsert.key(), out);
    COLUMNS.encode(upsert.columns(), out);
    VERSION.encode(upsert.version().bytes(), out);
  }

  @Override
  public Upsert decode(InputStream in) throws IOException {
    CoderFormat.expect(FORMAT, in, Upsert.class);
    return Upsert.of(
        TEXT.decode(in), KEY.decode(in), COLUMNS.decode(in), Version.of(VERSION.decode(in)));
  }
}
