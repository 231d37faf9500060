package dev.tidegate.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.ListCoder;

/** Writes a {@link TransformedEvent} as its event and upserts. Deterministic. */
public final class TransformedEventCoder extends AtomicCoder<TransformedEvent> {
  private static final TransformedEventCoder INSTANCE = new TransformedEventCoder();
  private static final int HANDLED = 1;
  private static final int UNHANDLED = 2;

  private static final Coder<Event> EVENT = EventCoder.of();
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
    }
  }

  @Override
  public TransformedEvent decode(InputStream in) throws IOException {
    int format = in.read();
    if (format == UNHANDLED) {
      return TransformedEvent.unhandled(EVENT.decode(in));
    }
    CoderFormat.expect(HANDLED, format, TransformedEvent.class);
    return TransformedEvent.handled(EVENT.decode(in), UPSERTS.decode(in));
  }
}
