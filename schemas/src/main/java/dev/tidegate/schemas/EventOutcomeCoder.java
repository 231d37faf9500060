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

/** Writes an {@link EventOutcome} as its event and then field by field. Deterministic. */
public final class EventOutcomeCoder extends AtomicCoder<EventOutcome> {
  private static final EventOutcomeCoder INSTANCE = new EventOutcomeCoder();

  private static final Coder<RawEvent> RAW = RawEventCoder.of();
  private static final Coder<String> TEXT = StringUtf8Coder.of();
  private static final Coder<Optional<String>> OPTIONAL_TEXT = OptionalCoder.of(TEXT);
  private static final Coder<Long> NUMBER = VarLongCoder.of();
  private static final Coder<Optional<Long>> OPTIONAL_NUMBER = OptionalCoder.of(NUMBER);

  private EventOutcomeCoder() {}

  public static EventOutcomeCoder of() {
    return INSTANCE;
  }

  @Override
  public void encode(EventOutcome outcome, OutputStream out) throws IOException {
    RAW.encode(outcome.event(), out);
    TEXT.encode(outcome.status().name(), out);
    OPTIONAL_NUMBER.encode(outcome.startedAt().map(Microseconds::of), out);
    NUMBER.encode(Microseconds.of(outcome.processedAt()), out);
    OPTIONAL_TEXT.encode(outcome.stage(), out);
    OPTIONAL_TEXT.encode(outcome.errorClass().map(Enum::name), out);
    OPTIONAL_TEXT.encode(outcome.fingerprint(), out);
  }

  @Override
  public EventOutcome decode(InputStream in) throws IOException {
    return EventOutcome.of(
        RAW.decode(in),
        EventOutcome.Status.valueOf(TEXT.decode(in)),
        OPTIONAL_NUMBER.decode(in).map(Microseconds::toInstant),
        Microseconds.toInstant(NUMBER.decode(in)),
        OPTIONAL_TEXT.decode(in),
        OPTIONAL_TEXT.decode(in).map(DeadLetter.ErrorClass::valueOf),
        OPTIONAL_TEXT.decode(in));
  }
}
