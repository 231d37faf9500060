package dev.tidegate.transforms;

import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.coders.BooleanCoder;
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.state.MapState;
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
 * a replay's ID is part of it, so that replays pass. The same ID with another body, or with another
 * type that the body does not say itself, passes and is counted as a conflict: the version decides
 * which one the tables show. Beyond the window the versions and the ledger make a repeat harmless
 * (DESIGN.md, promise 3); Beam's own {@code Deduplicate} would neither count nor see the bodies.
 *
 * <p>What was seen is kept in {@value #BUCKETS} buckets, by the identity's hash, with one timer
 * each. A state and timer for every identity made Flink's checkpoints the heaviest work of all:
 * with 115,000 identities, 1.3 s of processor time for each.
 */
public final class Deduplicate extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  /** Enough for the workers of any job, few enough that their timers cost nothing. */
  static final int BUCKETS = 4096;

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
            "KeyByBucket",
            WithKeys.of(Deduplicate::bucketOf).withKeyType(TypeDescriptors.integers()))
        .setCoder(KvCoder.of(VarIntCoder.of(), RawEventCoder.of()))
        .apply("DropRepeats", ParDo.of(new DropRepeatsFn(window)))
        .setCoder(RawEventCoder.of());
  }

  private static int bucketOf(RawEvent event) {
    return Math.floorMod(identityOf(event).hashCode(), BUCKETS);
  }

  /** What repeats share. Every part has its length before it: no two identities are alike. */
  static String identityOf(RawEvent event) {
    StringBuilder identity = new StringBuilder();
    for (String part :
        new String[] {
          event.tenantId(),
          event.source(),
          event.identity(),
          event.attribute(EventAttributes.REPLAY_ID).orElse("")
        }) {
      identity.append(part.length()).append(':').append(part);
    }
    return identity.toString();
  }

  /** Remembers the bodies of each identity until the window has passed. */
  static final class DropRepeatsFn extends DoFn<KV<Integer, RawEvent>, RawEvent> {
    private static final long serialVersionUID = 1L;

    /** Half of SHA-256: another tenant's identity cannot be hit, and it halves the state. */
    private static final int HASH_BYTES = 16;

    /** Bodies remembered for an ID. One that sends more just has its later repeats passed on. */
    private static final int MAX_BODIES = 16;

    /** What has expired stays in memory for another sixteenth of the window at the most. */
    private static final int SWEEPS_PER_WINDOW = 16;

    private final Duration window;
    private final Duration sweepInterval;

    /** By an identity's hash: when it was first seen, in milliseconds, and its bodies' hashes. */
    @StateId("seen")
    private final StateSpec<MapState<String, byte[]>> seenSpec =
        StateSpecs.map(StringUtf8Coder.of(), ByteArrayCoder.of());

    /** Whether the next sweep's timer is set; absent while there is nothing to sweep. */
    @StateId("sweepIsSet")
    private final StateSpec<ValueState<Boolean>> sweepIsSetSpec =
        StateSpecs.value(BooleanCoder.of());

    @TimerId("sweep")
    private final TimerSpec sweepSpec = TimerSpecs.timer(TimeDomain.PROCESSING_TIME);

    DropRepeatsFn(Duration window) {
      this.window = window;
      this.sweepInterval = Duration.millis(Math.max(1, window.getMillis() / SWEEPS_PER_WINDOW));
    }

    @ProcessElement
    public void process(
        @Element KV<Integer, RawEvent> keyed,
        @StateId("seen") MapState<String, byte[]> seen,
        @StateId("sweepIsSet") ValueState<Boolean> sweepIsSet,
        @TimerId("sweep") Timer sweep,
        OutputReceiver<RawEvent> out) {
      RawEvent event = keyed.getValue();
      long now = sweep.getCurrentRelativeTime().getMillis();
      String identity =
          Sha256.hexOf(identityOf(event).getBytes(StandardCharsets.UTF_8))
              .substring(0, 2 * HASH_BYTES);
      byte[] body = HexFormat.of().parseHex(event.contentSha256(), 0, 2 * HASH_BYTES);
      byte[] bodies = seen.get(identity).read();
      if (bodies == null || hasExpired(bodies, now)) {
        seen.put(
            identity, ByteBuffer.allocate(Long.BYTES + HASH_BYTES).putLong(now).put(body).array());
        if (sweepIsSet.read() == null) {
          setSweep(sweep, sweepIsSet);
        }
      } else if (holds(bodies, body)) {
        PipelineMetrics.EVENTS_DUPLICATE.inc();
        return;
      } else {
        PipelineMetrics.EVENTS_CONFLICTING.inc();
        if (bodies.length < Long.BYTES + MAX_BODIES * HASH_BYTES) {
          seen.put(
              identity,
              ByteBuffer.allocate(bodies.length + HASH_BYTES).put(bodies).put(body).array());
        }
      }
      out.output(event);
    }

    @OnTimer("sweep")
    public void forget(
        @StateId("seen") MapState<String, byte[]> seen,
        @StateId("sweepIsSet") ValueState<Boolean> sweepIsSet,
        @TimerId("sweep") Timer sweep) {
      long now = sweep.getCurrentRelativeTime().getMillis();
      List<String> expired = new ArrayList<>();
      boolean someAreLeft = false;
      for (Map.Entry<String, byte[]> entry : seen.entries().read()) {
        if (hasExpired(entry.getValue(), now)) {
          expired.add(entry.getKey());
        } else {
          someAreLeft = true;
        }
      }
      expired.forEach(seen::remove);
      if (someAreLeft) {
        setSweep(sweep, sweepIsSet);
      } else {
        sweepIsSet.clear();
      }
    }

    private void setSweep(Timer sweep, ValueState<Boolean> sweepIsSet) {
      sweep.offset(sweepInterval).setRelative();
      sweepIsSet.write(true);
    }

    private boolean hasExpired(byte[] bodies, long now) {
      return ByteBuffer.wrap(bodies).getLong() + window.getMillis() <= now;
    }

    private static boolean holds(byte[] bodies, byte[] body) {
      for (int from = Long.BYTES; from < bodies.length; from += HASH_BYTES) {
        if (Arrays.equals(bodies, from, from + HASH_BYTES, body, 0, HASH_BYTES)) {
          return true;
        }
      }
      return false;
    }
  }
}
