package dev.tidegate.transforms.handlers.saga;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.saga.SagaFold.Deadline;
import dev.tidegate.transforms.handlers.saga.SagaFold.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SagaFoldTest {
  private static final Instant TIME = Instant.parse("2026-03-02T08:00:00Z");

  /** Each event says what it brings about: {@code do}, and with which name. */
  private static final class Told implements Saga<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
      return "told";
    }

    @Override
    public Optional<String> instanceOf(Event event) {
      return Optional.of("i-1");
    }

    @Override
    public String start() {
      return "";
    }

    @Override
    public String apply(String state, Event event, Step step) {
      JsonNode payload = event.payload();
      String name = payload.path("name").asText();
      switch (payload.path("do").asText()) {
        case "effect" -> step.effect(Effect.task("work").key(name).build());
        case "revoke" -> step.revoke(name);
        case "deadline" ->
            step.deadline(name, event.asOf().plusSeconds(payload.path("in").asLong()));
        case "clear" -> step.clear(name);
        case "wait" -> step.waitFor(name);
        case "complete" -> step.complete();
        case "many effects" -> {
          for (int i = 0; i < payload.path("count").asInt(); i++) {
            step.effect(Effect.task("work").key("k-" + i).build());
          }
        }
        case "fail" -> throw new IllegalStateException("secret " + name);
        case "no end" -> apply(state, event, step);
        default -> {}
      }
      return state + event.notificationId();
    }

    @Override
    public String deadlinePassed(String state, String deadline, Instant due, Step step) {
      step.effect(Effect.task("late").key("after-" + deadline).build());
      return state + "!" + deadline;
    }

    @Override
    public JsonNode toJson(String state) {
      return Json.mapper().getNodeFactory().textNode(state);
    }
  }

  private static SagaEvent event(int second, String id, String what, String name) {
    return event(second, id, what, name, object());
  }

  private static SagaEvent event(
      int second, String id, String what, String name, ObjectNode payload) {
    return event(second, id, "thing.said", 0, payload.put("do", what).put("name", name));
  }

  private static ObjectNode object() {
    return Json.mapper().createObjectNode();
  }

  private static SagaEvent event(
      int second, String id, String type, int depth, ObjectNode payload) {
    RawEvent raw =
        RawEvent.builder()
            .tenantId("acme")
            .source("shop")
            .notificationId(id)
            .eventType(type)
            .messageId(id)
            .publishTime(TIME)
            .attributes(Map.of())
            .body(Json.write(payload).getBytes(UTF_8))
            .build();
    return new SagaEvent(Event.of(raw, id, type, TIME.plusSeconds(second), payload), depth);
  }

  private static SagaEvent passed(String name, int second) {
    return event(
        second,
        "d-" + name + second,
        EffectEvents.SAGA_DEADLINE,
        1,
        object().put("deadline", name).put("due_at", TIME.plusSeconds(second).toString()));
  }

  private static SagaEvent cancelled(int second) {
    return event(second, "cancel", EffectEvents.SAGA_CANCEL, 1, object());
  }

  private static SagaFold fold(SagaEvent... events) {
    List<SagaEvent> order = new ArrayList<>(List.of(events));
    SagaFold fold = SagaFold.of(new Told(), order);
    Random random = new Random(18);
    for (int i = 0; i < 20; i++) {
      List<SagaEvent> other = new ArrayList<>(order);
      other.addAll(order);
      Collections.shuffle(other, random);
      assertThat(SagaFold.of(new Told(), other)).isEqualTo(fold);
    }
    return fold;
  }

  private static List<String> keys(SagaFold fold) {
    return fold.effects().stream().map(implied -> implied.effect().key()).toList();
  }

  @Test
  void eventsAreFoldedInTheOrderOfTheirVersions() {
    SagaFold fold =
        fold(
            event(3, "c", "revoke", "second"),
            event(1, "a", "effect", "first"),
            event(2, "b", "effect", "second"),
            event(4, "d", "wait", "an answer"));
    assertThat(fold.status()).isEqualTo(Status.ACTIVE);
    assertThat(fold.state().asText()).isEqualTo("abcd");
    assertThat(keys(fold)).containsExactly("first");
    assertThat(fold.revoked()).extracting(revoked -> revoked.effect().key()).contains("second");
    assertThat(fold.waitingFor()).contains("an answer");
    assertThat(fold.since()).contains(TIME.plusSeconds(4));
    assertThat(fold.last().orElseThrow().id()).isEqualTo("d");
    assertThat(fold.events()).isEqualTo(4);
  }

  @Test
  void ofTwoBodiesUnderOneIdTheNewerVersionCounts() {
    assertThat(keys(fold(event(1, "a", "effect", "old"), event(2, "a", "effect", "new"))))
        .containsExactly("new");
  }

  @Test
  void aDeadlineCountsOnlyWhileItIsSetWithThatTime() {
    SagaEvent set = event(0, "a", "deadline", "close", object().put("in", 10));
    assertThat(fold(set).deadlines())
        .containsExactly(new Deadline("close", TIME.plusSeconds(10), 1));
    SagaFold after = fold(set, passed("close", 10));
    assertThat(after.deadlines()).isEmpty();
    assertThat(after.state().asText()).isEqualTo("a!close");
    assertThat(keys(after)).containsExactly("after-close");

    SagaEvent clear = event(5, "b", "clear", "close");
    assertThat(fold(set, clear, passed("close", 10)).state().asText()).isEqualTo("ab");
    assertThat(fold(set, event(11, "b", "clear", "close"), passed("close", 10)).state().asText())
        .isEqualTo("a!closeb");

    SagaEvent later = event(5, "b", "deadline", "close", object().put("in", 10));
    assertThat(fold(set, later, passed("close", 10)).deadlines())
        .containsExactly(new Deadline("close", TIME.plusSeconds(15), 1));
    assertThat(fold(set, passed("other", 10)).state().asText()).isEqualTo("a");
  }

  /** Its event has its place before the one that sets it. */
  @Test
  void aDeadlineThatIsSetToThePastPassesAtOnce() {
    SagaEvent set = event(20, "a", "deadline", "close", object().put("in", -10));
    assertThat(fold(set).deadlines()).hasSize(1);
    SagaFold fold = fold(set, passed("close", 10));
    assertThat(fold.deadlines()).isEmpty();
    assertThat(fold.state().asText()).isEqualTo("a!close");
  }

  @Test
  void cancellingEndsAnInstanceAndLaterEventsChangeNothing() {
    SagaFold fold =
        fold(
            event(1, "a", "effect", "first"),
            event(2, "b", "deadline", "close", object().put("in", 10)),
            event(2, "w", "wait", "an answer"),
            cancelled(3),
            event(4, "c", "effect", "second"),
            passed("close", 12));
    assertThat(fold.status()).isEqualTo(Status.CANCELLED);
    assertThat(fold.state().asText()).hasSize(3).contains("a", "b", "w");
    assertThat(fold.effects()).isEmpty();
    assertThat(fold.deadlines()).isEmpty();
    assertThat(fold.waitingFor()).isEmpty();
  }

  /** Else whoever sends events could end what he likes. */
  @Test
  void onlyTidegateItselfTellsOfDeadlinesAndCancels() {
    SagaFold fold =
        fold(
            event(0, "a", "deadline", "close", object().put("in", 10)),
            event(
                10,
                "b",
                EffectEvents.SAGA_DEADLINE,
                0,
                object().put("deadline", "close").put("due_at", TIME.plusSeconds(10).toString())),
            event(11, "c", EffectEvents.SAGA_CANCEL, 0, object()));
    assertThat(fold.status()).isEqualTo(Status.ACTIVE);
    assertThat(fold.deadlines()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail", "no end"})
  void aBugIsToldWithoutItsMessage(String bug) {
    SagaFold fold = fold(event(1, "a", "effect", "first"), event(2, "b", bug, "ada@example.com"));
    assertThat(fold.status()).isEqualTo(Status.FAILED);
    assertThat(fold.failure().orElseThrow())
        .startsWith("thing.said b: the saga has a bug: java.lang.")
        .doesNotContain("secret")
        .doesNotContain("ada");
    assertThat(fold.events()).isEqualTo(2);
    assertThat(fold.state().asText()).as("before the event at which it fails").isEqualTo("a");
  }

  @Test
  void whatCannotBeFoldedCanBeCancelled() {
    SagaFold fold = fold(event(1, "a", "effect", "first"), event(2, "b", "fail", ""), cancelled(3));
    assertThat(fold.status()).isEqualTo(Status.CANCELLED);
    assertThat(fold.effects()).isEmpty();
  }

  @Test
  void everythingIsBounded() {
    assertThat(fold(event(1, "a", "many effects", "", object().put("count", 100))).effects())
        .hasSize(100);
    assertThat(fold(event(1, "a", "many effects", "", object().put("count", 101))).failure())
        .contains("thing.said a: the instance has more than 100 effects");
    for (String key : List.of("", "a#2", "\u0000", "x".repeat(300))) {
      assertThat(fold(event(1, "a", "effect", key)).status()).isEqualTo(Status.FAILED);
    }
    assertThat(fold(event(1, "a\u0000", "effect", "k")).failure().orElseThrow())
        .contains("the state must not hold NUL");
    List<SagaEvent> many = new ArrayList<>();
    for (int i = 0; i <= SagaFold.MOST_EVENTS; i++) {
      many.add(event(i, "e-" + i, "nothing", ""));
    }
    assertThat(SagaFold.of(new Told(), many).failure())
        .contains("the instance has more than 1000 events");
    assertThat(SagaFold.of(new Told(), many.subList(1, many.size())).status())
        .isEqualTo(Status.ACTIVE);
  }

  /** Who waits every day for an answer is no chain of events. */
  @Test
  void timeMakesNoChainLonger() {
    assertThat(fold(event(1, "a", "thing.followed", 4, object())).depth()).isEqualTo(4);
    SagaFold fold =
        fold(
            event(
                0,
                "a",
                "thing.said",
                3,
                object().put("do", "deadline").put("name", "close").put("in", 10)),
            event(1, "b", "effect", "first"));
    assertThat(fold.deadlines().get(0).depth()).isEqualTo(4);
    assertThat(fold.effects().get(0).depth()).isEqualTo(1);
    assertThat(fold.effects().get(0).event()).isEqualTo("b");
    assertThat(Duration.between(TIME, fold.effects().get(0).asOf())).hasSeconds(1);
  }

  @Test
  void aTaskThatWasIssuedAnewHasTheKeyThatTheSagaGave() {
    List<String> keys = new ArrayList<>();
    Saga<String> keen =
        new Saga<>() {
          private static final long serialVersionUID = 1L;

          @Override
          public String name() {
            return "told";
          }

          @Override
          public Optional<String> instanceOf(Event event) {
            return Optional.empty();
          }

          @Override
          public String start() {
            return "";
          }

          @Override
          public String apply(String state, Event event, Step step) {
            keys.add(event.payload().path("key").asText());
            return state;
          }

          @Override
          public JsonNode toJson(String state) {
            return object();
          }
        };
    List<SagaEvent> events = new ArrayList<>();
    for (String key : List.of("k", "k#2", "k#compensation", "k#2#compensation")) {
      ObjectNode body = object().put("saga", "told").put("key", key);
      events.add(event(events.size(), key, "task.completed", 1, body));
    }
    events.add(event(9, "sent", "task.completed", 0, object().put("key", "own#1")));
    SagaFold fold = SagaFold.of(keen, events);
    assertThat(keys).containsExactly("k", "k", "own#1");
    assertThat(fold.events()).isEqualTo(5);
  }
}
