package dev.tidegate.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.BooleanCoder;
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.CoderException;
import org.apache.beam.sdk.coders.OptionalCoder;
import org.apache.beam.sdk.coders.SortedMapCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarLongCoder;

/**
 * Writes a {@link RawEvent} field by field, after one byte that names the format, so that a later
 * format can still read what a running job has in flight. Deterministic: attributes are sorted.
 */
public final class RawEventCoder extends AtomicCoder<RawEvent> {
  private static final RawEventCoder INSTANCE = new RawEventCoder();
  private static final int FORMAT = 3;

  private static final Coder<String> TEXT = StringUtf8Coder.of();
  private static final Coder<Optional<String>> OPTIONAL_TEXT = OptionalCoder.of(TEXT);
  private static final Coder<Long> NUMBER = VarLongCoder.of();
  private static final Coder<Boolean> FLAG = BooleanCoder.of();
  private static final Coder<byte[]> BYTES = ByteArrayCoder.of();
  private static final Coder<SortedMap<String, String>> ATTRIBUTES = SortedMapCoder.of(TEXT, TEXT);

  private RawEventCoder() {}

  public static RawEventCoder of() {
    return INSTANCE;
  }

  @Override
  public void encode(RawEvent event, OutputStream out) throws IOException {
    out.write(FORMAT);
    TEXT.encode(event.tenantId(), out);
    TEXT.encode(event.source(), out);
    OPTIONAL_TEXT.encode(event.notificationId(), out);
    OPTIONAL_TEXT.encode(event.eventType(), out);
    FLAG.encode(event.typeFromAttribute(), out);
    OPTIONAL_TEXT.encode(event.schemaVersion(), out);
    TEXT.encode(event.messageId(), out);
    NUMBER.encode(Microseconds.of(event.publishTime()), out);
    ATTRIBUTES.encode(event.attributes(), out);
    BYTES.encode(event.body(), out);
    TEXT.encode(event.bodySha256(), out);
  }

  @Override
  public RawEvent decode(InputStream in) throws IOException {
    int format = in.read();
    if (format != FORMAT) {
      throw new CoderException("cannot read an event of format " + format);
    }
    return RawEvent.builder()
        .tenantId(TEXT.decode(in))
        .source(TEXT.decode(in))
        .notificationId(OPTIONAL_TEXT.decode(in))
        .eventType(OPTIONAL_TEXT.decode(in))
        .typeFromAttribute(FLAG.decode(in))
        .schemaVersion(OPTIONAL_TEXT.decode(in))
        .messageId(TEXT.decode(in))
        .publishTime(Microseconds.toInstant(NUMBER.decode(in)))
        .attributes(ATTRIBUTES.decode(in))
        .body(BYTES.decode(in))
        .build(TEXT.decode(in));
  }
}
