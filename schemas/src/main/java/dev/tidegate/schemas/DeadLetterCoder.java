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

/** Writes a {@link DeadLetter} as its event and then field by field. Deterministic. */
public final class DeadLetterCoder extends AtomicCoder<DeadLetter> {
  private static final DeadLetterCoder INSTANCE = new DeadLetterCoder();

  private static final Coder<RawEvent> RAW = RawEventCoder.of();
  private static final Coder<String> TEXT = StringUtf8Coder.of();
  private static final Coder<Optional<String>> OPTIONAL_TEXT = OptionalCoder.of(TEXT);
  private static final Coder<Long> NUMBER = VarLongCoder.of();

  private DeadLetterCoder() {}

  public static DeadLetterCoder of() {
    return INSTANCE;
  }

  @Override
  public void encode(DeadLetter letter, OutputStream out) throws IOException {
    RAW.encode(letter.event(), out);
    TEXT.encode(letter.stage(), out);
    TEXT.encode(letter.errorClass().name(), out);
    TEXT.encode(letter.errorMessage(), out);
    OPTIONAL_TEXT.encode(letter.stackTrace(), out);
    NUMBER.encode(Microseconds.of(letter.failedAt()), out);
  }

  @Override
  public DeadLetter decode(InputStream in) throws IOException {
    return DeadLetter.builder()
        .event(RAW.decode(in))
        .stage(TEXT.decode(in))
        .errorClass(DeadLetter.ErrorClass.valueOf(TEXT.decode(in)))
        .errorMessage(TEXT.decode(in))
        .stackTrace(OPTIONAL_TEXT.decode(in))
        .failedAt(Microseconds.toInstant(NUMBER.decode(in)))
        .build();
  }
}
