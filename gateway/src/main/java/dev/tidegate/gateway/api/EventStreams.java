package dev.tidegate.gateway.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.EventFilter;
import dev.tidegate.gateway.store.EventSearch;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.LedgerTail;
import dev.tidegate.gateway.store.LedgerTail.NewEvent;
import dev.tidegate.gateway.store.LedgerTail.Position;
import dev.tidegate.gateway.store.LedgerTail.Snapshot;
import dev.tidegate.gateway.store.TenantScope;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of events that readers follow. One thread asks the ledger for what is new, on behalf
 * of all of them; while nobody reads, nothing is asked.
 */
final class EventStreams implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);

  /** How many there may be, of a tenant and in all. */
  static final int MOST_OF_A_TENANT = 20;

  private static final int MOST = 100;

  private static final Duration BETWEEN = Duration.ofMillis(500);
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);

  /** A reader that takes nothing for so long is cut off. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration LONGEST = Duration.ofHours(1);

  /** Older events are not sent afterwards. */
  private static final Duration LONGEST_BREAK = Duration.ofHours(1);

  private static final ResponseHeaders HEADERS =
      ResponseHeaders.builder(HttpStatus.OK)
          .contentType(MediaType.EVENT_STREAM)
          .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
          .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
          // Proxies that gather answers would hold it back.
          .set("x-accel-buffering", "no")
          .build();

  /**
   * A place in a stream: all that {@code seen} shows has been read, and of what {@code batch} shows
   * besides, everything up to an event.
   */
  record Place(Position seen, String batch, Instant processedAt, UUID eventId) {
    private static final String BREAK = "\n";

    String text() {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              String.join(
                      BREAK,
                      seen.snapshot(),
                      seen.unseenSince().toString(),
                      batch,
                      processedAt.toString(),
                      eventId.toString())
                  .getBytes(UTF_8));
    }

    /** Reads what {@link #text} has written. */
    static Place of(String text) {
      try {
        String[] parts = new String(Base64.getUrlDecoder().decode(text), UTF_8).split(BREAK, -1);
        Place place =
            new Place(
                new Position(parts[0], Instant.parse(parts[1])),
                parts[2],
                Instant.parse(parts[3]),
                UUID.fromString(parts[4]));
        if (place.seen.isSane() && new Position(place.batch, Instant.EPOCH).isSane()) {
          return place;
        }
      } catch (RuntimeException none) {
        // Said below.
      }
      throw Problem.invalid("Last-Event-ID", "It must be the id of a message of this stream.");
    }

    /** Whether that event is before this place. */
    boolean isAfter(NewEvent event) {
      int order = event.processedAt().compareTo(processedAt);
      return event.isKnown()
          && (order < 0 || (order == 0 && compare(event.eventId(), eventId) <= 0));
    }

    /** As PostgreSQL orders them. */
    private static int compare(UUID one, UUID other) {
      int order =
          Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
      return order != 0
          ? order
          : Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
    }
  }

  /** Somebody who reads. */
  private static final class Stream {
    private final String tenant;
    private final TenantScope scope;
    private final EventFilter filter;
    private final int rate;
    private final HttpResponseWriter writer;
    private final Instant endsAt;

    /** Where it begins; null once it goes with the others. */
    private @Nullable Position begin;

    private final @Nullable Place resumed;
    private CompletableFuture<Void> consumed = CompletableFuture.completedFuture(null);
    private Instant writtenAt = Instant.now();
    private double allowance;
    private long skipped;

    Stream(
        Caller caller,
        TenantScope scope,
        EventFilter filter,
        int rate,
        HttpResponseWriter writer,
        Position begin,
        @Nullable Place resumed) {
      this.tenant = caller.tenant();
      Instant latest = Instant.now().plus(LONGEST);
      this.endsAt = caller.expiresAt().filter(latest::isAfter).orElse(latest);
      this.scope = scope;
      this.filter = filter;
      this.rate = rate;
      this.writer = writer;
      this.begin = begin;
      this.resumed = resumed;
      this.allowance = rate;
    }

    void write(String text) {
      if (writer.tryWrite(HttpData.ofUtf8(text))) {
        writtenAt = Instant.now();
        consumed = writer.whenConsumed();
      }
    }

    boolean isOver(Instant now) {
      return !writer.isOpen()
          || now.isAfter(endsAt)
          || (!consumed.isDone() && Duration.between(writtenAt, now).compareTo(PATIENCE) > 0);
    }
  }

  private final Optional<LedgerDatabase> database;
  private final ObjectWriter answers;
  private final LedgerTail tail = new LedgerTail();
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread own = new Thread(work, "event-streams");
            own.setDaemon(true);
            return own;
          });
  private @Nullable Position position;
  private volatile boolean isClosed;

  EventStreams(Optional<LedgerDatabase> database, ObjectWriter answers) {
    this.database = database;
    this.answers = answers;
    if (database.isPresent()) {
      thread.scheduleWithFixedDelay(
          this::turn, BETWEEN.toMillis(), BETWEEN.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Opens a stream.
   *
   * @param rate the most events a second
   * @param lastEventId of the message that was read last; empty to begin now
   */
  CompletableFuture<HttpResponse> open(
      Call call, TenantScope scope, EventFilter filter, int rate, Optional<String> lastEventId) {
    String tenant = call.caller().tenant();
    Optional<Place> place = lastEventId.map(Place::of);
    requireRoom(tenant);
    // What is committed from here on is in the stream: its reader need not wait for the first poll.
    return call.inTransaction(LedgerTail::now)
        .thenApply(
            now -> {
              requireRoom(tenant);
              call.context().clearRequestTimeout();
              HttpResponseWriter writer = HttpResponse.streaming();
              writer.write(HEADERS);
              Optional<Place> resumed =
                  place.filter(
                      each ->
                          each.seen().unseenSince().isAfter(Instant.now().minus(LONGEST_BREAK)));
              Stream stream =
                  new Stream(
                      call.caller(),
                      scope,
                      filter,
                      rate,
                      writer,
                      resumed.map(Place::seen).orElse(now),
                      resumed.orElse(null));
              stream.write(": events\n\n");
              streams.add(stream);
              writer.whenComplete().handle((done, gone) -> streams.remove(stream));
              if (isClosed) {
                writer.close();
              }
              return writer;
            });
  }

  private void requireRoom(String tenant) {
    long ofTenant = streams.stream().filter(stream -> stream.tenant.equals(tenant)).count();
    if (ofTenant >= MOST_OF_A_TENANT || streams.size() >= MOST) {
      throw Problem.of(ProblemType.TOO_MANY_REQUESTS, "Close a stream before you open another one.")
          .retryAfter(Duration.ofSeconds(10))
          .asException();
    }
  }

  private void turn() {
    Instant now = Instant.now();
    try {
      for (Stream stream : streams) {
        if (stream.isOver(now)) {
          end(stream);
        }
      }
      if (streams.isEmpty()) {
        position = null;
        return;
      }
      database.orElseThrow().withHandle(this::read);
      for (Stream stream : streams) {
        if (Duration.between(stream.writtenAt, now).compareTo(HEARTBEAT) >= 0) {
          stream.write(": still here\n\n");
        }
      }
    } catch (SQLException | RuntimeException failure) {
      // The next turn reads what this one has not.
      LOG.atWarn()
          .addKeyValue("event", "event_streams_wait")
          .log("new events cannot be read now", failure);
    }
  }

  private void end(Stream stream) {
    streams.remove(stream);
    if (stream.consumed.isDone()) {
      stream.writer.close();
    } else {
      stream.writer.abort();
    }
  }

  /** One reading for all, and one for each that has just begun. */
  private @Nullable Void read(Handle handle) {
    Snapshot now = LedgerTail.begin(handle);
    List<Stream> readers = List.copyOf(streams);
    Position seen = position;
    List<NewEvent> shared =
        seen == null || readers.stream().allMatch(reader -> reader.begin != null)
            ? List.of()
            : LedgerTail.read(handle, now, seen, seen.snapshot());
    Map<Stream, List<NewEvent>> chosen = new LinkedHashMap<>();
    Map<Stream, Position> from = new LinkedHashMap<>();
    for (Stream reader : readers) {
      Position begin = reader.begin;
      List<NewEvent> fresh = shared;
      if (begin != null) {
        Place resumed = reader.resumed;
        fresh =
            LedgerTail.read(
                handle, now, begin, resumed == null ? begin.snapshot() : resumed.batch());
        if (resumed != null) {
          fresh = fresh.stream().filter(event -> !resumed.isAfter(event)).toList();
        }
      }
      from.put(reader, begin != null ? begin : seen);
      chosen.put(
          reader,
          choose(
              reader,
              fresh.stream().filter(event -> event.isIn(reader.scope, reader.filter)).toList()));
    }
    Map<UUID, LedgerEvent> events = load(handle, chosen);
    for (Stream reader : readers) {
      send(reader, chosen.get(reader), events, from.get(reader), now.snapshot());
      reader.begin = null;
    }
    position = tail.after(now);
    return null;
  }

  /** Of too many, a few that are evenly spread. A reader that is behind gets none. */
  private static List<NewEvent> choose(Stream reader, List<NewEvent> events) {
    reader.allowance =
        Math.min(reader.rate, reader.allowance + reader.rate * BETWEEN.toMillis() / 1000.0);
    int room = reader.consumed.isDone() ? (int) reader.allowance : 0;
    if (events.size() <= room) {
      reader.allowance -= events.size();
      return events;
    }
    reader.allowance -= room;
    reader.skipped += events.size() - room;
    List<NewEvent> spread = new ArrayList<>();
    for (int i = 0; i < room; i++) {
      spread.add(events.get((int) ((long) (i + 1) * events.size() / room) - 1));
    }
    return spread;
  }

  private static Map<UUID, LedgerEvent> load(Handle handle, Map<Stream, List<NewEvent>> chosen) {
    List<UUID> ids =
        chosen.values().stream()
            .flatMap(List::stream)
            .map(NewEvent::eventId)
            .distinct()
            .collect(Collectors.toList());
    return EventSearch.load(handle, new TenantScope(Optional.empty()), ids).stream()
        .collect(Collectors.toMap(LedgerEvent::ledgerId, event -> event));
  }

  private void send(
      Stream reader,
      List<NewEvent> chosen,
      Map<UUID, LedgerEvent> events,
      Position seen,
      String batch) {
    StringBuilder text = new StringBuilder();
    chosen.stream()
        .sorted(
            Comparator.comparing(NewEvent::processedAt)
                .thenComparing(NewEvent::eventId, Place::compare))
        .filter(event -> events.containsKey(event.eventId()))
        .forEach(
            event ->
                text.append("event: event\nid: ")
                    .append(new Place(seen, batch, event.processedAt(), event.eventId()).text())
                    .append("\ndata: ")
                    .append(json(events.get(event.eventId())))
                    .append("\n\n"));
    if (reader.skipped > 0 && reader.consumed.isDone()) {
      text.append("event: skipped\ndata: {\"events\":%d}\n\n".formatted(reader.skipped));
      reader.skipped = 0;
    }
    if (text.length() > 0) {
      reader.write(text.toString());
    }
  }

  /** On one line, as JSON is written. */
  private String json(LedgerEvent event) {
    try {
      return answers.writeValueAsString(event);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("a record can always be written", impossible);
    }
  }

  /** Ends all streams, and opens no more. */
  @Override
  public void close() {
    isClosed = true;
    thread.shutdownNow();
    streams.forEach(stream -> stream.writer.close());
  }
}
