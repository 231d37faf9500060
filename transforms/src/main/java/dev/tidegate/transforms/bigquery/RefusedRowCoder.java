package dev.tidegate.transforms.bigquery;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.StringUtf8Coder;

/** Writes a {@link RefusedRow} after one byte that names the format. */
public final class RefusedRowCoder extends AtomicCoder<RefusedRow> {
  private static final RefusedRowCoder INSTANCE = new RefusedRowCoder();
  private static final int FORMAT = 1;
  private static final Coder<String> TEXT = StringUtf8Coder.of();

  private RefusedRowCoder() {}

  public static RefusedRowCoder of() {
    return INSTANCE;
  }

  @Override
  public void encode(RefusedRow row, OutputStream out) throws IOException {
    out.write(FORMAT);
    TEXT.encode(row.json(), out);
    TEXT.encode(row.reason(), out);
  }

  @Override
  public RefusedRow decode(InputStream in) throws IOException {
    int format = in.read();
    if (format != FORMAT) {
      throw new IOException("a RefusedRow in the unknown format " + format);
    }
    return new RefusedRow(TEXT.decode(in), TEXT.decode(in));
  }
}
