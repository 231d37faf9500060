import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.schemas.NotificationIdentity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What a run writes.
 *
 * @param tenant whose events they are
 * @param count how many
 * @param byIndex each of them; cheap, and safe for several threads
 * @param ledgerPayload whether the ledger keeps their bodies
 * @param tables what they write beside the ledger, in the order of the events' upserts
 */
record SinkEvents(
    String tenant,
    int count,
    IntFunction<TransformedEvent> byIndex,
    boolean ledgerPayload,
    List<Table> tables) {
  /** One event in so many is refused by the database, where any is. */
  static final int POISON_EVERY = 1_000;

  /** Milliseconds since 1970 at which the run's first event was read; 0 before. */
  private static final AtomicLong FIRST_READ = new AtomicLong();

  private static final LongAdder READ = new LongAdder();

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Table VESSELS = table("vessels");
  private static final JsonNode NO_PAYLOAD = JsonNodeFactory.instance.objectNode();

  /**
   * The notifications of {@code lines}, decoded and transformed beforehand: five rows each, of
   * which a vessel and a place are the same for all.
   */
  static SinkEvents notifications(String tenant, List<String> lines, boolean poisoned) {
    TransformedEvent[] events = new TransformedEvent[lines.size()];
    IntStream.range(0, events.length)
        .parallel()
        .forEach(
            i ->
                events[i] =
                    notification(
                        tenant,
                        poisoned && isPoison(i)
                            ? lines
                                .get(i)
                                .replace(
                                    "\"voyage_number\":\"001W\"",
                                    "\"voyage_number\":\"" + SinkDatabase.POISON + "\"")
                            : lines.get(i)));
    return new SinkEvents(
        tenant,
        events.length,
        i -> events[i],
        true,
        events[0].upserts().stream().map(upsert -> table(upsert.table())).toList());
  }

  /** Events that were made beforehand, of one row each, which no other event writes. */
  static SinkEvents small(String tenant, int count, boolean poisoned) {
    TransformedEvent[] events = new TransformedEvent[count];
    IntStream.range(0, count)
        .parallel()
        .forEach(i -> events[i] = smallEvent(tenant, i, poisoned && isPoison(i)));
    return new SinkEvents(tenant, count, i -> events[i], false, List.of(VESSELS));
  }

  /** An event; with the first the run's time begins. */
  TransformedEvent read(int index) {
    if (FIRST_READ.get() == 0) {
      FIRST_READ.compareAndSet(0, System.currentTimeMillis());
    }
    READ.increment();
    return byIndex.apply(index);
  }

  /** Forgets what earlier runs read. */
  static void startRun() {
    FIRST_READ.set(0);
    READ.reset();
  }

  /** When the run's first event was read. */
  static Instant firstRead() {
    return Instant.ofEpochMilli(FIRST_READ.get());
  }

  /** How many events the run has read so far. */
  static long eventsRead() {
    return READ.sum();
  }

  /** How many of {@code count} events are refused, where any is. */
  static int poisonIn(int count) {
    return (count + POISON_EVERY - 1 - POISON_EVERY / 2) / POISON_EVERY;
  }

  private static boolean isPoison(int index) {
    return index % POISON_EVERY == POISON_EVERY / 2;
  }

  private static TransformedEvent notification(String tenant, String line) {
    EventSource source = EventSources.installed().named("terminal49");
    byte[] body = line.getBytes(UTF_8);
    NotificationIdentity identity = source.identify(body);
    RawEvent raw =
        raw(tenant, source.name(), body)
            .notificationId(identity.notificationId())
            .eventType(identity.eventType())
            .build();
    return EventSources.installed().transform(raw);
  }

  private static TransformedEvent smallEvent(String tenant, int index, boolean poison) {
    // Keys come in no order, as those of the real world.
    String id = new UUID(index * 0x9E3779B97F4A7C15L, index).toString();
    RawEvent raw =
        raw(tenant, "bench", ("{\"vessel\":\"" + id + "\"}").getBytes(UTF_8))
            .notificationId(id)
            .eventType("vessel.changed")
            .build();
    Event event = Event.of(raw, id, "vessel.changed", START.plusSeconds(index), NO_PAYLOAD);
    TransformedEvent transformed =
        TransformedEvent.handled(
        event,
        List.of(
            Upsert.into(VESSELS, event)
                .key("t49_vessel_id", id)
                .set("name", poison ? SinkDatabase.POISON : "BENCH MARINER")
                .set("imo", Integer.toString(9_000_000 + index))
                .set("mmsi", Integer.toString(200_000_000 + index))
                .build()),
        List.of());
    // The sink finds it with the event.
    return raw.decoded(any -> event).transformed(any -> transformed);
  }

  private static RawEvent.Builder raw(String tenant, String source, byte[] body) {
    return RawEvent.builder()
        .tenantId(tenant)
        .source(source)
        .messageId("none")
        .publishTime(START)
        .attributes(Map.of("source", source, "tenant_id", tenant))
        .body(body);
  }

  private static Table table(String name) {
    return EventSources.installed().tables().stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
