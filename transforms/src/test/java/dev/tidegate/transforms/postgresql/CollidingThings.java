package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.POISON;
import static dev.tidegate.transforms.postgresql.Things.TIME;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A source of events without end, over 100 keys of two tables and few times, some with the ID of
 * another: everything collides, and which row wins depends on the versions alone.
 */
final class CollidingThings {
  static final int KEYS = 100;

  static final List<Table> TABLES = List.of(Things.THINGS, Things.LINKS);

  /**
   * Newer than all others, so that no other event's value takes its place within a batch: poison
   * that is overwritten before it is written harms nobody, and is not refused.
   */
  private static final Instant TIME_OF_POISON = TIME.plus(Duration.ofDays(1));

  private static final int TIMES = 7;

  private final Random random;
  private final List<SampleEvent> told = new ArrayList<>();

  CollidingThings(int seed) {
    random = new Random(seed);
  }

  /**
   * Makes the tables, which refuse poison both.
   *
   * @param more statements to follow
   */
  static String[] ddl(String... more) {
    return Stream.of(
            Stream.of(Things.DDL),
            Stream.of("ALTER TABLE links ADD CONSTRAINT no_poison CHECK (target <> 'poison')"),
            Stream.of(more))
        .flatMap(Function.identity())
        .toArray(String[]::new);
  }

  /** A row's key; their order is that of their numbers. */
  static String key(int number) {
    return "k-%02d".formatted(number);
  }

  /** New events. */
  synchronized List<SampleEvent> next(int count) {
    List<SampleEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(next());
    }
    return events;
  }

  /** New events, with one that the database refuses among them. */
  synchronized List<SampleEvent> nextWithPoison(int count) {
    List<SampleEvent> events = next(count - 1);
    events.add(random.nextInt(count), random.nextBoolean() ? poisonedThing() : poisonedLink());
    return events;
  }

  /** Some of the last events again: a source delivers at least once. */
  synchronized List<SampleEvent> repeats(int count, int ofLast) {
    List<SampleEvent> events = new ArrayList<>();
    int last = Math.min(ofLast, told.size());
    for (int i = 0; i < count && last > 0; i++) {
      events.add(told.get(told.size() - 1 - random.nextInt(last)));
    }
    return events;
  }

  /** How many new events there were. */
  synchronized int told() {
    return told.size();
  }

  /** A thing that the database refuses. */
  synchronized SampleEvent poisonedThing() {
    return poison(true, false);
  }

  /** A link that the database refuses, beside a thing that it takes. */
  synchronized SampleEvent poisonedLink() {
    return poison(false, true);
  }

  /** A thing and a link that the database refuses. */
  synchronized SampleEvent poisonedTwice() {
    return poison(true, true);
  }

  private SampleEvent next() {
    int number = told.size();
    boolean repeatsId = number % 10 == 9;
    String id = "n-" + (repeatsId ? number - 1 - random.nextInt(9) : number);
    Instant asOf = TIME.plusSeconds(random.nextInt(TIMES));
    Set<String> keys = new TreeSet<>();
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      keys.add(key(random.nextInt(KEYS)));
    }
    int says = random.nextInt(3);
    SampleEvent event =
        new SampleEvent(
            id,
            false,
            tenant -> {
              Event notification = Things.event(tenant, id, asOf, "{\"number\":" + number + "}");
              List<Upsert> upserts = new ArrayList<>();
              for (String key : keys) {
                Upsert.Builder thing = Things.thing(notification, key);
                if (says != 1) {
                  thing.set("name", "thing " + number);
                }
                if (says != number % 3) {
                  thing.set("size", number);
                }
                if (says != 2) {
                  thing.set("place", id);
                }
                upserts.add(thing.build());
                upserts.add(link(notification, key, "link " + number));
              }
              return TransformedEvent.handled(notification, upserts, List.of());
            });
    told.add(event);
    return event;
  }

  private SampleEvent poison(boolean thing, boolean link) {
    int number = told.size();
    String id = "poison-" + number;
    String key = key(random.nextInt(KEYS));
    SampleEvent event =
        new SampleEvent(
            id,
            true,
            tenant -> {
              Event notification =
                  Things.event(tenant, id, TIME_OF_POISON, "{\"number\":" + number + "}");
              return TransformedEvent.handled(
                  notification,
                  List.of(
                      Things.thing(notification, key).set("name", thing ? POISON : "good").build(),
                      link(notification, key, link ? POISON : "good")),
                  List.of());
            });
    told.add(event);
    return event;
  }

  private static Upsert link(Event event, String key, String target) {
    return Upsert.into(Things.LINKS, event).key("id", key).set("target", target).build();
  }
}
