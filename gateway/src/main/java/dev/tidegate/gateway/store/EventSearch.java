package dev.tidegate.gateway.store;

import dev.tidegate.gateway.store.LedgerNames.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;

/**
 * Lists of events, the last processed first, each page in a bounded time however many events the
 * ledger has and whatever the filter.
 *
 * <p>A page is put together of strands: the events of each tenant and status, or of each source and
 * type, or whatever else the filter makes few. An index has each strand in the order of time.
 * Conditions without an index are checked on each event that is read, and at most {@value
 * #MOST_READ} events are read. Where they do not fill the page, it is short, and the next page goes
 * on from there.
 */
public final class EventSearch {
  /** How much is read at first. */
  private static final int FIRST_READ = 2_000;

  private static final int MOST_READ = 20_000;

  /**
   * A page of the events about something that one of 200 events is about is found among this many.
   */
  private static final int COMMON_READ = 6_000;

  /** With more strands than that the ledger is read in the order of time instead. */
  private static final int MOST_STRANDS = 500;

  /** The newest dead letters of an issue: the events of those are looked at. */
  private static final int MOST_LETTERS = 3_000;

  /** If several parts of a filter have an index, the one with fewer events is used. */
  private static final int FEW = 2_000;

  private static final Keyset<Place> ORDER =
      new Keyset<>(
          "events",
          place -> List.of(place.processedAt, place.eventId),
          "processed_at timestamptz",
          "event_id uuid");

  /** What a filter may ask for, besides times. */
  private enum Part {
    STATUS("status = ?"),
    EVENT_TYPE("event_type = ?"),
    SOURCE("source = ?"),
    SUBJECT("subject = ?"),
    ABOUT("about_index && ?::bigint[]"),
    NOTIFICATION_ID("notification_id = ?"),
    REQUEST_ID("request_id = ?"),
    ERROR_CLASS("error_class = ?"),
    FINGERPRINT(
        """
        EXISTS (SELECT FROM event_dead_letters l
          WHERE l.tenant_id = events.tenant_id AND l.source = events.source
            AND l.notification_id = events.notification_id AND l.fingerprint = ?)\
        """);

    private final String condition;

    Part(String condition) {
      this.condition = condition;
    }
  }

  /**
   * Where an event is in the list.
   *
   * @param found whether it is of the page; else it says how far was read
   */
  public record Place(Instant processedAt, UUID eventId, boolean found) {}

  /**
   * Parts of the ledger, each of which an index has in the order of time.
   *
   * @param from SQL of {@code strand}, a table with a row for each and the column {@code n}
   * @param parameters of {@code from}
   * @param condition the condition that ties an event to its strand
   * @param met the parts of the filter that all events of the strands meet
   * @param served the parts that an index finds in a strand; the others are asked of each event
   */
  private record Strands(
      String from, List<?> parameters, String condition, Set<Part> met, Set<Part> served) {
    int count() {
      return parameters.stream()
          .filter(List.class::isInstance)
          .mapToInt(each -> ((List<?>) each).size())
          .findFirst()
          .orElse(1);
    }

    /** Whether an index has each strand in the order of time. */
    boolean isOrdered() {
      return !served.contains(Part.ABOUT);
    }

    boolean serves(Set<Part> wanted) {
      return wanted.stream().allMatch(part -> met.contains(part) || served.contains(part));
    }
  }

  private final Handle handle;
  private final TenantScope scope;
  private final List<String> tenants;
  private final Optional<LedgerEvent.Status> status;
  private final Map<Part, Object> wanted = new EnumMap<>(Part.class);
  private final SqlConditions window = new SqlConditions();

  private EventSearch(Handle handle, TenantScope scope, EventFilter filter) {
    this.handle = handle;
    this.scope = scope;
    this.status = filter.status();
    tenants = LedgerNames.tenants(handle, scope, MOST_STRANDS + 1);
    filter.status().ifPresent(value -> wanted.put(Part.STATUS, value));
    filter.eventType().ifPresent(value -> wanted.put(Part.EVENT_TYPE, value));
    filter.source().ifPresent(value -> wanted.put(Part.SOURCE, value));
    filter.subject().ifPresent(value -> wanted.put(Part.SUBJECT, value));
    filter.notificationId().ifPresent(value -> wanted.put(Part.NOTIFICATION_ID, value));
    filter.requestId().ifPresent(value -> wanted.put(Part.REQUEST_ID, value));
    filter.errorClass().ifPresent(value -> wanted.put(Part.ERROR_CLASS, value));
    filter.fingerprint().ifPresent(value -> wanted.put(Part.FINGERPRINT, value));
    filter
        .about()
        .ifPresent(
            text ->
                wanted.put(
                    Part.ABOUT,
                    filter.aboutHashes(tenants).stream().map(hash -> hash.toString()).toList()));
    window.add("processed_at >= ?", filter.since()).add("processed_at < ?", filter.until());
  }

  /**
   * A page of the events of {@code scope}.
   *
   * @throws dev.tidegate.gateway.http.ProblemException as {@link Keyset#after} does
   */
  public static Page<LedgerEvent> page(
      Handle handle, TenantScope scope, EventFilter filter, PageRequest request) {
    return new EventSearch(handle, scope, filter).page(request);
  }

  /** Those of the events that are in the ledger still, in the same order. */
  public static List<LedgerEvent> load(Handle handle, TenantScope scope, List<UUID> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    SqlConditions where =
        scope.where().add("event_id = ANY (?::uuid[])", ids.stream().map(UUID::toString).toList());
    Map<UUID, LedgerEvent> loaded =
        where
            .bindTo(
                handle.createQuery(
                    "SELECT %s FROM events WHERE %s".formatted(LedgerEvent.COLUMNS, where.text())))
            .mapTo(LedgerEvent.class)
            .collect(Collectors.toMap(LedgerEvent::ledgerId, Function.identity()));
    return ids.stream().filter(loaded::containsKey).map(loaded::get).toList();
  }

  private Page<LedgerEvent> page(PageRequest request) {
    ORDER.after(window, request);
    // The index that has a strand's events alone is to be taken. Else PostgreSQL may hope to meet
    // enough of them in the order of time: their pages are next to one another, and seem cheap.
    handle.execute("SET LOCAL random_page_cost = 0.01");
    if (wanted.containsKey(Part.ABOUT) && !wanted.containsKey(Part.NOTIFICATION_ID)) {
      // What very many events are about is met soon, and finding all of them would take long.
      List<Place> places = read(List.of(ofTime()), request.limit(), COMMON_READ);
      if (!isShort(places, request.limit())) {
        return pageOf(places, request.limit());
      }
    }
    List<Strands> strands = strands();
    boolean isServed = strands.stream().allMatch(each -> each.serves(wanted.keySet()));
    int limit = request.limit();
    List<Place> places = read(strands, limit, isServed ? 0 : FIRST_READ);
    if (!isServed && isShort(places, limit)) {
      places = read(strands, limit, MOST_READ);
    }
    return pageOf(places, limit);
  }

  private Page<LedgerEvent> pageOf(List<Place> places, int limit) {
    List<Place> found = places.stream().filter(Place::found).toList();
    Optional<Place> last =
        found.size() > limit
            ? Optional.of(found.get(limit - 1))
            : places.stream().filter(place -> !place.found()).findFirst();
    return new Page<>(
        load(handle, scope, found.stream().limit(limit).map(Place::eventId).toList()),
        last.map(place -> ORDER.cursorAt(List.of(place.processedAt(), place.eventId()))));
  }

  /** Whether there may be more events for the page than were found. */
  private static boolean isShort(List<Place> places, int limit) {
    return places.stream().filter(Place::found).count() <= limit
        && places.stream().anyMatch(place -> !place.found());
  }

  /** The strands of the part of the filter that leaves the fewest events. */
  private List<Strands> strands() {
    if (wanted.containsKey(Part.NOTIFICATION_ID)) {
      return List.of(ofNotification());
    }
    if (wanted.containsKey(Part.ABOUT)) {
      return List.of(ofAbout());
    }
    if (wanted.containsKey(Part.FINGERPRINT)) {
      return List.of(ofIssue());
    }
    List<List<Strands>> possible = new ArrayList<>();
    if (tenants.size() <= MOST_STRANDS) {
      for (Part part : List.of(Part.REQUEST_ID, Part.ERROR_CLASS, Part.SUBJECT)) {
        if (wanted.containsKey(part)) {
          possible.add(List.of(ofTenants(part)));
        }
      }
      ofTypes().ifPresent(possible::add);
    }
    if (possible.isEmpty()) {
      return List.of(ofTime());
    }
    return possible.stream()
        .filter(each -> possible.size() > 1 && hasFew(each))
        .findFirst()
        .orElse(possible.get(possible.size() - 1));
  }

  private Strands ofNotification() {
    List<String> ofTenants = new ArrayList<>();
    List<String> sources = new ArrayList<>();
    for (String tenant : tenants) {
      List<String> known =
          wanted.containsKey(Part.SOURCE)
              ? List.of((String) wanted.get(Part.SOURCE))
              : LedgerNames.sources(handle, tenant, MOST_STRANDS);
      known.forEach(
          source -> {
            ofTenants.add(tenant);
            sources.add(source);
          });
    }
    return new Strands(
        "unnest(?::text[], ?::text[]) WITH ORDINALITY AS strand (tenant_id, source, n)",
        List.of(ofTenants, sources),
        "events.tenant_id = strand.tenant_id AND events.source = strand.source",
        EnumSet.of(Part.SOURCE),
        EnumSet.allOf(Part.class));
  }

  /** No index has them in order: all of them are found, then ordered. */
  private static Strands ofAbout() {
    return new Strands(
        "(VALUES (1)) AS strand (n)",
        List.of(),
        "TRUE",
        EnumSet.noneOf(Part.class),
        EnumSet.allOf(Part.class));
  }

  private Strands ofIssue() {
    return new Strands(
        """
        (SELECT row_number() OVER () AS n, ids.* FROM (
          SELECT DISTINCT tenant_id, source, notification_id FROM (
            SELECT tenant_id, source, notification_id FROM event_dead_letters
            WHERE tenant_id = ANY (?) AND fingerprint = ?
            ORDER BY failed_at DESC LIMIT %d) letters) ids) AS strand
        """
            .formatted(MOST_LETTERS),
        List.of(tenants, wanted.get(Part.FINGERPRINT)),
        "events.tenant_id = strand.tenant_id AND events.source = strand.source"
            + " AND events.notification_id = strand.notification_id",
        EnumSet.of(Part.FINGERPRINT),
        EnumSet.allOf(Part.class));
  }

  private Strands ofTenants(Part part) {
    return new Strands(
        "unnest(?::text[]) WITH ORDINALITY AS strand (tenant_id, n)",
        List.of(tenants),
        "events.tenant_id = strand.tenant_id",
        EnumSet.noneOf(Part.class),
        EnumSet.of(part));
  }

  /** Where there are not too many types: senders may choose them. */
  private Optional<List<Strands>> ofTypes() {
    if (!wanted.containsKey(Part.SOURCE) && !wanted.containsKey(Part.EVENT_TYPE)) {
      return Optional.empty();
    }
    List<List<String>> typed = columns(4);
    List<List<String>> untyped = columns(3);
    int most = MOST_STRANDS / statuses().size();
    for (String tenant : tenants) {
      for (Source source : sources(tenant, most)) {
        for (String type : types(source, most)) {
          for (String each : statuses()) {
            add(typed, source.tenant(), source.source(), type, each);
          }
        }
        for (String each : statuses()) {
          add(untyped, source.tenant(), source.source(), each);
        }
        if (typed.get(0).size() + untyped.get(0).size() > MOST_STRANDS) {
          return Optional.empty();
        }
      }
    }
    List<Strands> all = new ArrayList<>();
    all.add(
        new Strands(
            "unnest(?::text[], ?::text[], ?::text[], ?::text[]) WITH ORDINALITY"
                + " AS strand (tenant_id, source, event_type, status, n)",
            typed,
            "events.tenant_id = strand.tenant_id AND events.source = strand.source"
                + " AND events.event_type = strand.event_type AND events.status = strand.status",
            EnumSet.of(Part.SOURCE, Part.EVENT_TYPE, Part.STATUS),
            EnumSet.noneOf(Part.class)));
    if (!wanted.containsKey(Part.EVENT_TYPE)) {
      all.add(
          new Strands(
              "unnest(?::text[], ?::text[], ?::text[]) WITH ORDINALITY"
                  + " AS strand (tenant_id, source, status, n)",
              untyped,
              "events.tenant_id = strand.tenant_id AND events.source = strand.source"
                  + " AND events.event_type IS NULL AND events.status = strand.status",
              EnumSet.of(Part.SOURCE, Part.STATUS),
              EnumSet.noneOf(Part.class)));
    }
    return Optional.of(all);
  }

  private List<Source> sources(String tenant, int most) {
    List<String> names =
        wanted.containsKey(Part.SOURCE)
            ? List.of((String) wanted.get(Part.SOURCE))
            : LedgerNames.sources(handle, tenant, most + 1);
    return names.stream().map(name -> new Source(tenant, name)).toList();
  }

  private List<String> types(Source source, int most) {
    return wanted.containsKey(Part.EVENT_TYPE)
        ? List.of((String) wanted.get(Part.EVENT_TYPE))
        : LedgerNames.types(handle, source, most + 1);
  }

  private List<String> statuses() {
    return status.map(List::of).orElseGet(() -> List.of(LedgerEvent.Status.values())).stream()
        .map(Enum::name)
        .toList();
  }

  private Strands ofTime() {
    List<List<String>> strands = columns(2);
    tenants.forEach(tenant -> statuses().forEach(each -> add(strands, tenant, each)));
    if (strands.get(0).size() > MOST_STRANDS) {
      return new Strands(
          "(VALUES (1)) AS strand (n)",
          List.of(),
          "TRUE",
          EnumSet.noneOf(Part.class),
          EnumSet.noneOf(Part.class));
    }
    return new Strands(
        "unnest(?::text[], ?::text[]) WITH ORDINALITY AS strand (tenant_id, status, n)",
        strands,
        "events.tenant_id = strand.tenant_id AND events.status = strand.status",
        EnumSet.of(Part.STATUS),
        EnumSet.noneOf(Part.class));
  }

  private static List<List<String>> columns(int count) {
    return IntStream.range(0, count).<List<String>>mapToObj(i -> new ArrayList<>()).toList();
  }

  private static void add(List<List<String>> columns, String... row) {
    for (int i = 0; i < row.length; i++) {
      columns.get(i).add(row[i]);
    }
  }

  private boolean hasFew(List<Strands> strands) {
    List<Object> parameters = new ArrayList<>();
    String sql =
        strands.stream()
            .map(
                each ->
                    "SELECT strand.n FROM %s CROSS JOIN LATERAL (SELECT FROM events WHERE %s LIMIT %d) e"
                        .formatted(each.from(), conditions(each, parameters), FEW + 1))
            .collect(Collectors.joining(" UNION ALL "));
    return SqlConditions.bind(
                handle.createQuery(
                    "SELECT count(*) FROM (SELECT FROM (%s) a LIMIT %d) b".formatted(sql, FEW + 1)),
                0,
                parameters)
            .mapTo(Integer.class)
            .one()
        <= FEW;
  }

  /** What finds a strand's events; its parameters follow those of the table of strands. */
  private String conditions(Strands strands, List<Object> parameters) {
    parameters.addAll(strands.parameters());
    return conditionsOf(strands, parameters);
  }

  private String conditionsOf(Strands strands, List<Object> parameters) {
    List<String> conditions = new ArrayList<>(List.of(strands.condition()));
    wanted.forEach(
        (part, value) -> {
          if (strands.served().contains(part) && !strands.met().contains(part)) {
            conditions.add(part.condition);
            parameters.add(value);
          }
        });
    conditions.add(window.text());
    parameters.addAll(window.parameters());
    return String.join(" AND ", conditions);
  }

  private static final String STRANDS =
      """
      SELECT %1$d AS part, strand.n, e.* FROM %2$s CROSS JOIN LATERAL (
        SELECT processed_at, event_id, coalesce(%3$s, false) AS found FROM events
        WHERE %4$s ORDER BY processed_at DESC, event_id DESC LIMIT %5$d) e
      """;

  /** Without an order of theirs all of a strand's events are found first, whatever their number. */
  private static final String UNORDERED_STRANDS =
      """
      SELECT %1$d AS part, strand.n, e.* FROM %2$s CROSS JOIN LATERAL (
        SELECT * FROM (
          SELECT processed_at, event_id, coalesce(%3$s, false) AS found FROM events
          WHERE %4$s OFFSET 0) found
        ORDER BY processed_at DESC, event_id DESC LIMIT %5$d) e
      """;

  /** Of a strand of which all was read that may be, nothing is known beyond its last event. */
  private static final String PLACES =
      """
      WITH read AS MATERIALIZED (%1$s),
      ends AS (
        SELECT processed_at, event_id FROM (
          SELECT processed_at, event_id, count(*) OVER strand AS events,
            row_number() OVER (strand ORDER BY processed_at, event_id) AS place
          FROM read WINDOW strand AS (PARTITION BY part, n)) places
        WHERE place = 1 AND events = %2$d
        ORDER BY processed_at DESC, event_id DESC LIMIT 1)
      (SELECT processed_at, event_id, true AS found FROM read
       WHERE found AND NOT EXISTS (SELECT FROM ends
         WHERE (read.processed_at, read.event_id) < (ends.processed_at, ends.event_id))
       ORDER BY processed_at DESC, event_id DESC LIMIT %3$d)
      UNION ALL
      SELECT processed_at, event_id, false FROM ends
      """;

  /**
   * Where the events of a page are, and that after it.
   *
   * @param budget how many events may be read; in any case a page of each strand
   */
  private List<Place> read(List<Strands> strands, int limit, int budget) {
    int count = strands.stream().mapToInt(Strands::count).sum();
    int ofEach = Math.max(limit + 1, budget / Math.max(1, count));
    List<Object> parameters = new ArrayList<>();
    List<String> parts = new ArrayList<>();
    for (Strands each : strands) {
      parameters.addAll(each.parameters());
      List<String> rest = new ArrayList<>(List.of("TRUE"));
      wanted.forEach(
          (part, value) -> {
            if (!each.met().contains(part) && !each.served().contains(part)) {
              rest.add(part.condition);
              parameters.add(value);
            }
          });
      parts.add(
          (each.isOrdered() ? STRANDS : UNORDERED_STRANDS)
              .formatted(
                  parts.size(),
                  each.from(),
                  String.join(" AND ", rest),
                  conditionsOf(each, parameters),
                  ofEach));
    }
    String sql = PLACES.formatted(String.join(" UNION ALL ", parts), ofEach, limit + 1);
    return SqlConditions.bind(handle.createQuery(sql), 0, parameters).mapTo(Place.class).list();
  }
}
