package dev.tidegate.transforms;

import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventOutcomeCoder;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveCopies;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
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
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.joda.time.Duration;
import org.joda.time.Instant;

/**
 * Drops a notification that came before within the window with the same body. It counts the repeat
 * and, if asked to, archives it as an outcome of the event: without its body, which is known.
 *
 * <p>The key is (tenant, source, notification ID), or the Pub/Sub message's ID where there is none;
 * a replay's ID is part of it, so that replays pass. The same ID with another body, or with another
 * type that the body does not say itself, passes and is counted as a conflict: the version decides
 * which one the tables show. Beyond the window the versions and the ledger make a repeat harmless
 * (DESIGN.md, promise 3); Beam's own {@code Deduplicate} would neither count nor see the bodies.
 *
 * <p>What was seen is kept in {@value #BUCKETS} buckets, by the identity's hash, each with one
 * timer. A state and timer for every identity made Flink's checkpoints the heaviest work of all:
 * with 115,000 identities, 1.3 s of processor time for each.
 */
public final class Deduplicate extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  /**
   * Enough that a bucket is small, few enough that their timers cost nothing: a bucket is read
   * whole and written whole.
   */
  static final int BUCKETS = 4_096;

  /** The name that Beam gives to the output of a step that has one: it was such a step once. */
  private static final TupleTag<RawEvent> PASSED = new TupleTag<>("output");

  private static final TupleTag<EventOutcome> REPEATS = new TupleTag<>("repeats");

  private final Duration window;
  private final @Nullable Archive archive;

  private Deduplicate(Duration window, @Nullable Archive archive) {
    this.window = window;
    this.archive = archive;
  }

  /**
   * Remembers IDs for a while.
   *
   * @param window how long an ID is remembered after it was first seen, in processing time: it
   *     bounds the state, whatever the watermark does
   */
  public static Deduplicate within(Duration window) {
    return new Deduplicate(window, null);
  }

  /** The same, with each repeat as a row of the outcomes in {@code newArchive}. */
  public Deduplicate archivingRepeatsIn(Archive newArchive) {
    return new Deduplicate(window, newArchive);
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    PCollectionTuple outputs =
        events
            .apply(
                "KeyByBucket",
                WithKeys.of(Deduplicate::bucketOf).withKeyType(TypeDescriptors.integers()))
            .setCoder(KvCoder.of(VarIntCoder.of(), RawEventCoder.of()))
            .apply(
                "DropRepeats",
                ParDo.of(new DropRepeatsFn(window))
                    .withOutputTags(PASSED, TupleTagList.of(REPEATS)));
    PCollection<EventOutcome> repeats = outputs.get(REPEATS).setCoder(EventOutcomeCoder.of());
    if (archive != null) {
      repeats.apply("ArchiveRepeats", ArchiveCopies.ofOutcomes(archive.unhurried()));
    }
    return outputs.get(PASSED).setCoder(RawEventCoder.of());
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

  /**
   * Remembers the bodies of each identity for the window, and for less than another one: in two
   * generations, of which the older one is forgotten whole.
   */
  static final class DropRepeatsFn extends DoFn<KV<Integer, RawEvent>, RawEvent> {
    private static final long serialVersionUID = 1L;

    private final Duration window;

    @StateId("seen")
    private final StateSpec<ValueState<byte[]>> seenSpec = StateSpecs.value(ByteArrayCoder.of());

    @TimerId("forget")
    private final TimerSpec forgetSpec = TimerSpecs.timer(TimeDomain.PROCESSING_TIME);

    DropRepeatsFn(Duration window) {
      this.window = window;
    }

    @ProcessElement
    public void process(
        @Element KV<Integer, RawEvent> keyed,
        @StateId("seen") ValueState<byte[]> state,
        @TimerId("forget") Timer forget,
        MultiOutputReceiver out) {
      RawEvent event = keyed.getValue();
      long number = numberOf(forget.getCurrentRelativeTime());
      byte[] stored = state.read();
      SeenEvents seen = stored == null ? SeenEvents.none(number) : new SeenEvents(stored);
      if (stored == null || seen.windowNumber() < number) {
        seen = seen.inWindow(number);
        setForget(forget, number);
      }
      byte[] entry = SeenEvents.entryOf(event);
      int bodies = seen.countBodies(entry);
      if (bodies > 0) {
        if (seen.hasEvent(entry)) {
          PipelineMetrics.EVENTS_DUPLICATE.inc();
          out.get(REPEATS).output(EventOutcome.repeated(event, java.time.Instant.now()));
          return;
        }
        PipelineMetrics.EVENTS_CONFLICTING.inc();
      }
      if (bodies < SeenEvents.MAX_BODIES) {
        state.write(seen.with(entry).bytes());
      }
      out.get(PASSED).output(event);
    }

    @OnTimer("forget")
    public void forget(@StateId("seen") ValueState<byte[]> state, @TimerId("forget") Timer forget) {
      byte[] stored = state.read();
      if (stored == null) {
        return;
      }
      long newest = new SeenEvents(stored).windowNumber();
      if (numberOf(forget.getCurrentRelativeTime()) > newest + 1) {
        state.clear();
      } else {
        setForget(forget, newest);
      }
    }

    private long numberOf(Instant time) {
      return Math.floorDiv(time.getMillis(), window.getMillis());
    }

    /**
     * Sets the timer to when nothing of that window is remembered any more. No output will come of
     * it: with an output time it would hold the watermark.
     */
    private void setForget(Timer forget, long number) {
      long end = Math.multiplyExact(number + 2, window.getMillis());
      forget
          .offset(Duration.millis(end - forget.getCurrentRelativeTime().getMillis()))
          .withNoOutputTimestamp()
          .setRelative();
    }
  }

  /**
   * The events of one bucket that were seen in a window and in the one before it, as one array: the
   * window's number, how many bytes are of the window before, and an entry for each event. An entry
   * is the first half of the SHA-256 of the identity, and of the content: half is enough that
   * nobody can hit another tenant's identity.
   */
  private record SeenEvents(byte[] bytes) {
    private static final int HASH_BYTES = 16;
    private static final int ENTRY_BYTES = 2 * HASH_BYTES;
    private static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;

    /** Bodies remembered for an ID. One that sends more just has its later repeats passed on. */
    private static final int MAX_BODIES = 16;

    static SeenEvents none(long windowNumber) {
      return new SeenEvents(
          ByteBuffer.allocate(HEADER_BYTES).putLong(windowNumber).putInt(0).array());
    }

    static byte[] entryOf(RawEvent event) {
      byte[] entry = new byte[ENTRY_BYTES];
      byte[] identity = Sha256.of(identityOf(event).getBytes(StandardCharsets.UTF_8));
      System.arraycopy(identity, 0, entry, 0, HASH_BYTES);
      byte[] content = HexFormat.of().parseHex(event.contentSha256(), 0, 2 * HASH_BYTES);
      System.arraycopy(content, 0, entry, HASH_BYTES, HASH_BYTES);
      return entry;
    }

    long windowNumber() {
      return ByteBuffer.wrap(bytes).getLong();
    }

    /** What of it counts in a later window: of the window before that all, and else nothing. */
    SeenEvents inWindow(long number) {
      int from = HEADER_BYTES + ByteBuffer.wrap(bytes).getInt(Long.BYTES);
      int kept = number == windowNumber() + 1 ? bytes.length - from : 0;
      return new SeenEvents(
          ByteBuffer.allocate(HEADER_BYTES + kept)
              .putLong(number)
              .putInt(kept)
              .put(bytes, from, kept)
              .array());
    }

    /** Whether the event was seen, with this content. */
    boolean hasEvent(byte[] entry) {
      return count(entry, ENTRY_BYTES) > 0;
    }

    /** How many contents of the event were seen. */
    int countBodies(byte[] entry) {
      return count(entry, HASH_BYTES);
    }

    private int count(byte[] entry, int length) {
      int count = 0;
      for (int at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
        if (Arrays.equals(bytes, at, at + length, entry, 0, length)) {
          count++;
        }
      }
      return count;
    }

    SeenEvents with(byte[] entry) {
      byte[] more = Arrays.copyOf(bytes, bytes.length + ENTRY_BYTES);
      System.arraycopy(entry, 0, more, bytes.length, ENTRY_BYTES);
      return new SeenEvents(more);
    }
  }
}
