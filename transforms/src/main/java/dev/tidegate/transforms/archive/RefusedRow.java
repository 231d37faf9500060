package dev.tidegate.transforms.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.StringUtf8Coder;

/**
 * A row that BigQuery does not take.
 *
 * @param json the row as a JSON object: times are ISO texts with an offset, bytes are Base64, and
 *     JSON columns may be texts of JSON
 * @param reason why, without any value of the row
 */
public record RefusedRow(String json, String reason) {
  /** Writes a row after one byte that names the format. */
  public static Coder<RefusedRow> coder() {
    return RowCoder.INSTANCE;
  }

  private static final class RowCoder extends AtomicCoder<RefusedRow> {
    private static final long serialVersionUID = 1L;

    private static final RowCoder INSTANCE = new RowCoder();
    private static final int FORMAT = 1;
    private static final Coder<String> TEXT = StringUtf8Coder.of();

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
}
