package dev.tidegate.transforms;

import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.state.StateSpec;
import org.apache.beam.sdk.state.StateSpecs;
import org.apache.beam.sdk.state.TimeDomain;
import org.apache.beam.sdk.state.Timer;
import org.apache.beam.sdk.state.TimerSpec;
import org.apache.beam.sdk.state.TimerSpecs;
import org.apache.beam.sdk.state.ValueState;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.WithKeys;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.joda.time.Duration;

/**
 * Drops a notification that came before within the window with the same body, and counts it.
 *
 * <p>The key is (tenant, source, notification ID), or the Pub/Sub message's ID where there is none;
 * a replay's ID is part of it, so that replays pass. The same ID with another body passes and is
 * counted as a conflict: the version decides which one the tables show. Beyond the window the
 * versions and the ledger make a repeat harmless (DESIGN.md, promise 3); Beam's own {@code
 * Deduplicate} would neither count nor see the bodies.
 */
public final class Deduplicate extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private final Duration window;

  private Deduplicate(Duration window) {
    this.window = window;
  }

  /**
   * Remembers IDs for a while.
   *
   * @param window how long an ID is remembered after it was first seen, in processing time: it
   *     bounds the state, whatever the watermark does
   */
  public static Deduplicate within(Duration window) {
    return new Deduplicate(window);
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    return events
        .apply(
            "KeyByIdentity", WithKeys.of(Deduplicate::keyOf).withKeyType(TypeDescriptors.strings()))
        .setCoder(KvCoder.of(StringUtf8Coder.of(), RawEventCoder.of()))
        .apply("DropRepeats", ParDo.of(new DropRepeatsFn(window)))
        .setCoder(RawEventCoder.of());
  }

  /** Every part with its length before it, so that no two identities share a key. */
  static String keyOf(RawEvent event) {
    StringBuilder key = new StringBuilder();
    for (String part :
        new String[] {
          event.tenantId(),
          event.source(),
          event.identity(),
          event.attribute(EventAttributes.REPLAY_ID).orElse("")
        }) {
      key.append(part.length()).append(':').append(part);
    }
    return key.toString();
  }

  /** Remembers the bodies' hashes of each identity until the window has passed. */
  static final class DropRepeatsFn extends DoFn<KV<String, RawEvent>, RawEvent> {
    private static final long serialVersionUID = 1L;

    private static final int HASH_BYTES = 32;

    /** Bodies remembered for an ID. One that sends more just has its later repeats passed on. */
    private static final int MAX_BODIES = 16;

    private final Duration window;

    @StateId("bodies")
    private final StateSpec<ValueState<byte[]>> bodiesSpec = StateSpecs.value(ByteArrayCoder.of());

    @TimerId("expiry")
    private final TimerSpec expirySpec = TimerSpecs.timer(TimeDomain.PROCESSING_TIME);

    DropRepeatsFn(Duration window) {
      this.window = window;
    }

    @ProcessElement
    public void process(
        @Element KV<String, RawEvent> keyed,
        @StateId("bodies") ValueState<byte[]> bodies,
        @TimerId("expiry") Timer expiry,
        OutputReceiver<RawEvent> out) {
      byte[] hash = HexFormat.of().parseHex(keyed.getValue().bodySha256());
      byte[] seen = bodies.read();
      if (seen == null) {
        bodies.write(hash);
        expiry.offset(window).setRelative();
      } else if (holds(seen, hash)) {
        PipelineMetrics.EVENTS_DUPLICATE.inc();
        return;
      } else {
        PipelineMetrics.EVENTS_CONFLICTING.inc();
        if (seen.length < MAX_BODIES * HASH_BYTES) {
          bodies.write(concatenate(seen, hash));
        }
      }
      out.output(keyed.getValue());
    }

    @OnTimer("expiry")
    public void forget(@StateId("bodies") ValueState<byte[]> bodies) {
      bodies.clear();
    }

    private static boolean holds(byte[] seen, byte[] hash) {
      for (int from = 0; from < seen.length; from += HASH_BYTES) {
        if (Arrays.equals(seen, from, from + HASH_BYTES, hash, 0, HASH_BYTES)) {
          return true;
        }
      }
      return false;
    }

    private static byte[] concatenate(byte[] first, byte[] second) {
      byte[] both = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, both, first.length, second.length);
      return both;
    }
  }
}
