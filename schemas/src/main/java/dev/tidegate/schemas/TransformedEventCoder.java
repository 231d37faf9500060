package dev.tidegate.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.ListCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;

/** Writes a {@link TransformedEvent} as its event, upserts and warnings. Deterministic. */
public final class TransformedEventCoder extends AtomicCoder<TransformedEvent> {
  private static final TransformedEventCoder INSTANCE = new TransformedEventCoder();
  private static final int UNHANDLED = 2;
  private static final int HANDLED = 3;

  private static final Coder<Event> EVENT = EventCoder.of();
  private static final Coder<Integer> COUNT = VarIntCoder.of();
  private static final Coder<String> TEXT = StringUtf8Coder.of();
  private static final Coder<List<Upsert>> UPSERTS = ListCoder.of(UpsertCoder.of());

  private TransformedEventCoder() {}

  public static TransformedEventCoder of() {
    return INSTANCE;
  }

  @Override
  public void encode(TransformedEvent transformed, OutputStream out) throws IOException {
    out.write(transformed.handled() ? HANDLED : UNHANDLED);
    EVENT.encode(transformed.event(), out);
    if (transformed.handled()) {
      UPSERTS.encode(transformed.upserts(), out);
      COUNT.encode(transformed.warnings().size(), out);
      for (Warning warning : transformed.warnings()) {
        TEXT.encode(warning.pointer(), out);
        TEXT.encode(warning.rule(), out);
      }
    }
  }

  @Override
  public TransformedEvent decode(InputStream in) throws IOException {
    int format = in.read();
    if (format == UNHANDLED) {
      return TransformedEvent.unhandled(EVENT.decode(in));
    }
    CoderFormat.expect(HANDLED, format, TransformedEvent.class);
    Event event = EVENT.decode(in);
    List<Upsert> upserts = UPSERTS.decode(in);
    List<Warning> warnings = new ArrayList<>();
    for (int count = COUNT.decode(in); count > 0; count--) {
      warnings.add(new Warning(TEXT.decode(in), TEXT.decode(in)));
    }
    return TransformedEvent.handled(event, upserts, warnings);
  }
}
