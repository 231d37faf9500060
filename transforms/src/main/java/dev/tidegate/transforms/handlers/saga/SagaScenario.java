package dev.tidegate.transforms.handlers.saga;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.schemas.Version;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.saga.SagaFold.ImpliedEffect;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A test of a saga, as data: events that are given, and what they must come to, in whatever order
 * they come and however often. It is YAML or JSON:
 *
 * <pre>{@code
 * saga: search
 * given:
 *   - { type: parcel.missed, at: 2026-03-02T08:00:00Z, payload: { parcel: P-1 } }
 *   - { task: look, completed: { found: false }, at: 2026-03-02T09:00:00Z }
 *   - { deadline: close, at: 2026-03-04T08:00:00Z }
 *   - { cancel: it was stolen, at: 2026-03-05T08:00:00Z }
 * expect:
 *   status: CANCELLED
 *   state: { parcel: P-1 }
 *   effects: []
 *   deadlines: {}
 * }</pre>
 *
 * <p>An event has a {@code type} and a {@code payload}, or tells of a {@code task} by its effect's
 * key ({@code completed} with the result, {@code failed} with the reason, or {@code cancelled}), of
 * a {@code deadline} that has passed, or that an operator ends the instance. {@code at} is its
 * time, and {@code id} its ID where that matters.
 *
 * <p>Only what the scenario names is compared: {@code status}, {@code failure}, {@code state},
 * {@code waiting_for}, {@code since}, {@code effects}, {@code revoked}, {@code deadlines}. Of an
 * effect likewise: {@code kind}, {@code type}, {@code key}, {@code payload} and so on, as {@link
 * dev.tidegate.schemas.Effect#toJson} writes them.
 */
public final class SagaScenario {
  /**
   * All orders of this many events are tried. If there are more events, the same number of orders
   * is tried.
   */
  private static final int ALL_ORDERS_OF = 6;

  private static final int ORDERS = 720;

  private static final String TENANT = "scenario";

  private static final Set<String> PARTS = Set.of("saga", "given", "expect");
  private static final Set<String> OF_GIVEN =
      Set.of(
          "type",
          "payload",
          "task",
          "kind",
          "completed",
          "failed",
          "cancelled",
          "deadline",
          "cancel",
          "id",
          "at");
  private static final Set<String> OF_EXPECTED =
      Set.of(
          "status", "failure", "state", "waiting_for", "since", "effects", "revoked", "deadlines");

  private final Saga<?> saga;
  private final String source;
  private final List<SagaEvent> events = new ArrayList<>();
  private final JsonNode expected;
  private String instance;

  private SagaScenario(EventSource source, ObjectNode scenario) {
    requireKnown("the scenario", scenario, PARTS);
    requireKnown("expect", scenario.path("expect"), OF_EXPECTED);
    scenario.path("given").forEach(given -> requireKnown("given", given, OF_GIVEN));
    String name = scenario.path("saga").asText();
    this.source = source.name();
    this.saga =
        source.sagas().stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the source %s has no saga %s%s"
                            .formatted(
                                source.name(),
                                name,
                                YamlDocument.nearest(
                                    name, source.sagas().stream().map(Saga::name).toList()))));
    this.expected = scenario.path("expect");
    List<JsonNode> given = new ArrayList<>();
    scenario.path("given").forEach(given::add);
    for (int i = 0; i < given.size(); i++) {
      if (given.get(i).has("type")) {
        addEvent(given.get(i), i);
      }
    }
    if (instance == null) {
      throw new IllegalArgumentException("no event that is given belongs to an instance");
    }
    for (int i = 0; i < given.size(); i++) {
      if (!given.get(i).has("type")) {
        addOwn(given.get(i), i);
      }
    }
  }

  /**
   * Reads a scenario.
   *
   * @param source has the saga
   * @param text YAML or JSON
   * @throws IllegalArgumentException where it cannot be read, or its events are not of one instance
   */
  public static SagaScenario read(EventSource source, String text) {
    return new SagaScenario(
        source, YamlDocument.parse("the scenario", text.getBytes(UTF_8)).root());
  }

  private static void requireKnown(String where, JsonNode node, Set<String> known) {
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      if (!known.contains(member.getKey())) {
        throw new IllegalArgumentException(
            "%s has %s, which is not known%s"
                .formatted(where, member.getKey(), YamlDocument.nearest(member.getKey(), known)));
      }
    }
  }

  private void addEvent(JsonNode given, int number) {
    Event event = eventOf(given, number, given.get("type").asText(), given.path("payload"));
    Optional<String> of = saga.instanceOf(event);
    if (of.isEmpty()) {
      throw new IllegalArgumentException(
          "event %d (%s) belongs to no instance".formatted(number + 1, event.eventType()));
    }
    if (instance != null && !instance.equals(of.get())) {
      throw new IllegalArgumentException(
          "event %d (%s) belongs to another instance than those before it"
              .formatted(number + 1, event.eventType()));
    }
    instance = of.get();
    events.add(new SagaEvent(event, 0));
  }

  /** Adds what Tidegate itself tells of the instance. */
  private void addOwn(JsonNode given, int number) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("saga", saga.name()).put("instance", instance);
    String type;
    if (given.has("deadline")) {
      type = EffectEvents.SAGA_DEADLINE;
      body.put("deadline", given.get("deadline").asText());
      body.put("due_at", timeOf(given).toString());
    } else if (given.has("task")) {
      String key = given.get("task").asText();
      body.put("key", key);
      body.put("kind", given.path("kind").asText(key));
      body.put(
          "task_id",
          EventId.ofEffect(TENANT, source, instance, EventId.ofSaga(saga.name()), key).toString());
      body.set("payload", given.path("payload").isObject() ? given.get("payload") : object());
      if (given.has("completed")) {
        type = "task.completed";
        body.set("result", given.get("completed"));
      } else if (given.has("failed")) {
        type = "task.failed";
        body.set("failure", given.get("failed"));
      } else {
        type = "task.cancelled";
      }
    } else if (given.has("cancel")) {
      type = EffectEvents.SAGA_CANCEL;
      body.set("reason", given.get("cancel"));
    } else {
      throw new IllegalArgumentException(
          "event %d needs type, task, deadline or cancel".formatted(number + 1));
    }
    events.add(new SagaEvent(eventOf(given, number, type, body), 1));
  }

  private static ObjectNode object() {
    return Json.mapper().createObjectNode();
  }

  private Event eventOf(JsonNode given, int number, String type, JsonNode payload) {
    String id = given.path("id").asText("event-" + (number + 1));
    JsonNode body = payload.isObject() ? payload : object();
    RawEvent raw =
        RawEvent.builder()
            .tenantId(TENANT)
            .source(source)
            .notificationId(id)
            .eventType(type)
            .typeFromAttribute(true)
            .messageId(id)
            .publishTime(Version.UNKNOWN_TIME)
            .attributes(Map.of())
            .body(Json.write(body).getBytes(UTF_8))
            .build();
    return Event.of(raw, id, type, timeOf(given), body);
  }

  private static Instant timeOf(JsonNode given) {
    return given.has("at")
        ? Rfc3339.parse(given.get("at").asText())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "at must be a time with an offset, as in 2026-03-02T08:00:00Z"))
        : Version.UNKNOWN_TIME;
  }

  /** What the events come to. */
  public SagaFold fold() {
    return SagaFold.of(saga, events);
  }

  /**
   * Folds the events in every order, all of them twice, and compares what they come to with what is
   * expected.
   *
   * @throws AssertionError with every difference, a line each
   */
  public void check() {
    ObjectNode first = told(fold());
    List<String> differences = new ArrayList<>();
    compare("", expected, first, differences);
    if (!differences.isEmpty()) {
      throw new AssertionError(
          "the saga %s has another result:%n%s"
              .formatted(saga.name(), String.join(System.lineSeparator(), differences)));
    }
    inEveryOrder(
        order -> {
          ObjectNode other = told(SagaFold.of(saga, order));
          if (!other.equals(first)) {
            throw new AssertionError(
                "the saga %s is not a pure function of its events: in one order%n%s%nin another%n%s"
                    .formatted(saga.name(), first, other));
          }
        });
  }

  private void inEveryOrder(Consumer<List<SagaEvent>> taken) {
    if (events.size() <= ALL_ORDERS_OF) {
      permute(new ArrayList<>(events), 0, taken);
      return;
    }
    Random random = new Random(events.size());
    for (int i = 0; i < ORDERS; i++) {
      List<SagaEvent> order = new ArrayList<>(events);
      Collections.shuffle(order, random);
      taken.accept(twice(order));
    }
  }

  private static void permute(List<SagaEvent> order, int from, Consumer<List<SagaEvent>> taken) {
    if (from >= order.size() - 1) {
      taken.accept(twice(order));
      return;
    }
    for (int i = from; i < order.size(); i++) {
      Collections.swap(order, from, i);
      permute(order, from + 1, taken);
      Collections.swap(order, from, i);
    }
  }

  /** Every event once, and once more in another order. */
  private static List<SagaEvent> twice(List<SagaEvent> order) {
    List<SagaEvent> again = new ArrayList<>(order);
    Collections.rotate(again, 1);
    List<SagaEvent> twice = new ArrayList<>(order);
    twice.addAll(again);
    return twice;
  }

  /** {@code fold} as scenarios write it. */
  private static ObjectNode told(SagaFold fold) {
    ObjectNode told = object();
    told.put("status", fold.status().name());
    fold.failure().ifPresent(failure -> told.put("failure", failure));
    told.set("state", fold.state());
    fold.waitingFor().ifPresent(what -> told.put("waiting_for", what));
    fold.since().ifPresent(since -> told.put("since", since.toString()));
    ArrayNode effects = told.putArray("effects");
    fold.effects().forEach(implied -> effects.add(implied.effect().toJson()));
    ArrayNode revoked = told.putArray("revoked");
    for (ImpliedEffect effect : fold.revoked()) {
      revoked.add(effect.effect().key());
    }
    ObjectNode deadlines = told.putObject("deadlines");
    fold.deadlines().forEach(deadline -> deadlines.put(deadline.name(), deadline.due().toString()));
    return told;
  }

  /** Notes where {@code found} is not as {@code wanted}, of which only some may be named. */
  private static void compare(
      String at, JsonNode wanted, JsonNode found, List<String> differences) {
    if (at.isEmpty()) {
      for (Map.Entry<String, JsonNode> member : wanted.properties()) {
        compare(member.getKey(), member.getValue(), found.path(member.getKey()), differences);
      }
    } else if (at.equals("effects")) {
      compareEffects(wanted, found, differences);
    } else if (at.equals("deadlines")) {
      Set<String> names = new HashSet<>();
      wanted.fieldNames().forEachRemaining(names::add);
      found.fieldNames().forEachRemaining(names::add);
      names.forEach(
          name ->
              compareValues("deadlines/" + name, wanted.path(name), found.path(name), differences));
    } else {
      compareValues(at, wanted, found, differences);
    }
  }

  private static void compareEffects(JsonNode wanted, JsonNode found, List<String> differences) {
    if (wanted.size() != found.size()) {
      differences.add(
          "effects: expected %d, and there are %d: %s"
              .formatted(wanted.size(), found.size(), Json.write(found)));
      return;
    }
    for (int i = 0; i < wanted.size(); i++) {
      for (Map.Entry<String, JsonNode> member : wanted.get(i).properties()) {
        compareValues(
            "effects/%d/%s".formatted(i, member.getKey()),
            member.getValue(),
            found.get(i).path(member.getKey()),
            differences);
      }
    }
  }

  private static void compareValues(
      String at, JsonNode wanted, JsonNode found, List<String> differences) {
    if (!areEqual(wanted, found)) {
      differences.add(
          "%s: expected %s, and it is %s"
              .formatted(
                  at,
                  wanted.isMissingNode() ? "nothing" : Json.write(wanted),
                  found.isMissingNode() ? "missing" : Json.write(found)));
    }
  }

  /** Whether they are the same JSON: 1 is 1.0, and a time is the same however it is written. */
  private static boolean areEqual(JsonNode wanted, JsonNode found) {
    if (wanted.isNumber() && found.isNumber()) {
      return wanted.decimalValue().compareTo(found.decimalValue()) == 0;
    }
    if (wanted.isTextual() && found.isTextual()) {
      Optional<Instant> time = Rfc3339.parse(wanted.textValue());
      return wanted.equals(found)
          || (time.isPresent() && time.equals(Rfc3339.parse(found.textValue())));
    }
    if (wanted.isArray() && found.isArray() && wanted.size() == found.size()) {
      for (int i = 0; i < wanted.size(); i++) {
        if (!areEqual(wanted.get(i), found.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (wanted.isObject() && found.isObject() && wanted.size() == found.size()) {
      return wanted.properties().stream()
          .allMatch(member -> areEqual(member.getValue(), found.path(member.getKey())));
    }
    return wanted.equals(found);
  }
}
