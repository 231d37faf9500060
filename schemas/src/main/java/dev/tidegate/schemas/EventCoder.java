package dev.tidegate.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.OptionalCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarLongCoder;

/**
 * Writes an {@link Event} as its {@link RawEvent} and what decoding added. The JSON tree is not
 * written: it is parsed again where it is asked for. Deterministic.
 */
public final class EventCoder extends AtomicCoder<Event> {
  private static final EventCoder INSTANCE = new EventCoder();
  private static final int FORMAT = 2;

  private static final Coder<RawEvent> RAW = RawEventCoder.of();
  private static final Coder<String> TEXT = StringUtf8Coder.of();
  private static final Coder<Long> NUMBER = VarLongCoder.of();
  private static final Coder<Optional<Long>> OPTIONAL_NUMBER = OptionalCoder.of(NUMBER);

  private EventCoder() {}

  public static EventCoder of() {
    return INSTANCE;
  }

  @Override
  public void encode(Event event, OutputStream out) throws IOException {
    out.write(FORMAT);
    RAW.encode(event.raw(), out);
    TEXT.encode(event.notificationId(), out);
    TEXT.encode(event.eventType(), out);
    NUMBER.encode(Microseconds.of(event.asOf()), out);
    OPTIONAL_NUMBER.encode(event.acceptedAt().map(Microseconds::of), out);
  }

  @Override
  public Event decode(InputStream in) throws IOException {
    CoderFormat.expect(FORMAT, in, Event.class);
    return Event.withoutPayload(
        RAW.decode(in),
        TEXT.decode(in),
        TEXT.decode(in),
        Microseconds.toInstant(NUMBER.decode(in)),
        OPTIONAL_NUMBER.decode(in).map(Microseconds::toInstant));
  }
}
