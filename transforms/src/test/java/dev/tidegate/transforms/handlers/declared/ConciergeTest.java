package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.declared.ShippedSamples.Sample;
import dev.tidegate.transforms.handlers.saga.SagaEvent;
import dev.tidegate.transforms.handlers.saga.SagaFold;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The source {@code concierge}: what its events cause, and how a question is looked after. */
class ConciergeTest {
  private static final DeclaredSource SOURCE =
      ShippedSamples.sources().stream()
          .filter(each -> each.name().equals("concierge"))
          .findFirst()
          .orElseThrow();
  private static final EventSources SOURCES = EventSources.of(List.of(SOURCE));
  private static final Saga<?> RESEARCH = SOURCE.sagas().get(0);

  private static final String QUESTION =
      "'inquiry_id': 'inq-1', 'user_id': 'ada', 'question': 'Who rents kilns?'";
  private static final String ANSWER = "'inquiry_id': 'inq-1', 'findings': {'who': 'Marvila'}";

  private static RawEvent raw(String type, String time, String data) {
    String body =
        """
        {'idempotency_key': '%1$s:acme:%2$s', 'event_type': '%1$s',
         'occurred_at': '2026-03-%2$s:00Z', 'data': {%3$s}}
        """
            .formatted(type, time, data)
            .replace('\'', '"');
    return raw(body.getBytes(UTF_8), Map.of());
  }

  private static RawEvent raw(byte[] body, Map<String, String> attributes) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("concierge")
        .messageId("m-1")
        .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
        .notificationId(Optional.ofNullable(attributes.get("notification_id")))
        .eventType(Optional.ofNullable(attributes.get("event_type")))
        .attributes(attributes)
        .body(body)
        .build();
  }

  private static TransformedEvent transform(RawEvent raw) {
    RawEvent identified = SOURCES.identify(raw);
    SOURCES.validate(identified);
    return SOURCES.transform(identified);
  }

  private static SagaEvent event(String type, String time, String data) {
    return SagaEvent.of(transform(raw(type, time, data)).event());
  }

  /** What Tidegate itself tells. */
  private static SagaEvent told(String type, String id, String time, String body) {
    Map<String, String> attributes =
        Map.of(
            "notification_id",
            id,
            "event_type",
            type,
            "ce-time",
            "2026-03-%s:00Z".formatted(time),
            "causation_id",
            "00000000-0000-8000-8000-000000000001",
            "causation_depth",
            "1");
    return SagaEvent.of(
        transform(raw(body.replace('\'', '"').getBytes(UTF_8), attributes)).event());
  }

  private static SagaEvent passed(String deadline, String time) {
    return told(
        "saga.deadline",
        "00000000-0000-8000-8000-" + (deadline.equals("chase") ? "00000000000a" : "00000000000b"),
        time,
        "{'saga': 'research', 'instance': 'inq-1', 'deadline': '%s', 'due_at': '2026-03-%s:00Z'}"
            .formatted(deadline, time));
  }

  private static SagaEvent question() {
    return event("user.inquiry.solution_needed", "01T09:00", QUESTION);
  }

  private static SagaEvent answer(String time) {
    return event("solution.research_complete", time, ANSWER);
  }

  /** Folds events, in every order that chance gives: all must give the same. */
  private static SagaFold fold(SagaEvent... events) {
    SagaFold fold = SagaFold.of(RESEARCH, List.of(events));
    assertThat(fold.failure()).isEmpty();
    List<SagaEvent> shuffled = new ArrayList<>(List.of(events));
    shuffled.add(events[0]);
    Random random = new Random(events.length);
    for (int i = 0; i < 20; i++) {
      Collections.shuffle(shuffled, random);
      assertThat(SagaFold.of(RESEARCH, shuffled)).isEqualTo(fold);
    }
    return fold;
  }

  private static List<String> effectsOf(SagaFold fold) {
    return fold.effects().stream()
        .map(SagaFold.ImpliedEffect::effect)
        .map(ConciergeTest::shortly)
        .toList();
  }

  private static String shortly(Effect effect) {
    return "%s %s %s %s"
        .formatted(
            effect.kind(),
            effect.type(),
            effect.recipient().or(effect::aggregate).orElse(""),
            Json.write(effect.payload()).replace('"', '\''));
  }

  private static final String TASK =
      "TASK research inq-1 {'inquiry_id':'inq-1','user_id':'ada','question':'Who rents kilns?'}";
  private static final String FINDINGS =
      "NOTICE research.findings ada {'inquiry_id':'inq-1','question':'Who rents kilns?',"
          + "'findings':{'who':'Marvila'}}";
  private static final String OVERDUE =
      "NOTICE research.overdue research-desk {'inquiry_id':'inq-1','question':'Who rents kilns?',"
          + "'user_id':'ada'}";
  private static final String CLOSED =
      "NOTICE research.closed ada {'inquiry_id':'inq-1','question':'Who rents kilns?'}";

  @Test
  void aQuestionIsATaskWithTwoDeadlines() {
    SagaFold fold = fold(question());
    assertThat(effectsOf(fold)).containsExactly(TASK);
    assertThat(fold.effects().get(0).effect().dueAt())
        .contains(Instant.parse("2026-03-03T09:00:00Z"));
    assertThat(fold.deadlines())
        .extracting(each -> each.name() + ' ' + each.due())
        .containsExactlyInAnyOrder("chase 2026-03-03T09:00:00Z", "close 2026-03-08T09:00:00Z");
    assertThat(fold.waitingFor()).contains("research");
    assertThat(fold.status()).isEqualTo(SagaFold.Status.ACTIVE);
  }

  @Test
  void anAnswerIsDeliveredToWhoAskedAndNothingElseIsLeftToDo() {
    SagaFold fold = fold(question(), answer("02T09:00"));
    assertThat(effectsOf(fold)).containsExactly(FINDINGS);
    assertThat(fold.revoked()).extracting(each -> each.effect().type()).containsExactly("research");
    assertThat(fold.deadlines()).isEmpty();
    assertThat(fold.status()).isEqualTo(SagaFold.Status.COMPLETED);
    assertThat(effectsOf(fold(question(), answer("01T08:00"))))
        .as("by its time the answer lies before the question")
        .containsExactly(FINDINGS);
    assertThat(effectsOf(fold(answer("02T09:00")))).as("of an unknown question").isEmpty();
  }

  @Test
  void whatTakesTwoDaysIsChasedOnceAndWhatTakesAWeekIsClosed() {
    assertThat(effectsOf(fold(question(), passed("chase", "03T09:00"))))
        .containsExactly(TASK, OVERDUE);
    SagaFold closed = fold(question(), passed("chase", "03T09:00"), passed("close", "08T09:00"));
    assertThat(effectsOf(closed)).containsExactly(OVERDUE, CLOSED);
    assertThat(closed.revoked())
        .extracting(each -> each.effect().type())
        .containsExactly("research");
    assertThat(closed.status()).isEqualTo(SagaFold.Status.COMPLETED);
    assertThat(closed.deadlines()).isEmpty();
  }

  @Test
  void whoeverIsNamedForTheResearchIsChased() {
    SagaEvent named =
        event("user.inquiry.solution_needed", "01T09:00", QUESTION + ", 'researcher_id': 'rita'");
    assertThat(fold(named, passed("chase", "03T09:00")).effects())
        .extracting(each -> each.effect().recipient().orElse(""))
        .containsExactly("", "rita");
  }

  @Test
  void anAnswerThatComesLateTakesBackWhatItsTimeForestalls() {
    assertThat(
            effectsOf(
                fold(
                    question(),
                    passed("chase", "03T09:00"),
                    passed("close", "08T09:00"),
                    answer("02T09:00"))))
        .as("given before anybody was chased, and come after")
        .containsExactly(FINDINGS);
    assertThat(
            effectsOf(
                fold(
                    question(),
                    passed("chase", "03T09:00"),
                    passed("close", "08T09:00"),
                    answer("09T09:00"))))
        .as("given after the end: it is delivered all the same")
        .containsExactly(OVERDUE, CLOSED, FINDINGS);
  }

  @Test
  void theResultOfTheTaskIsTheAnswer() {
    SagaEvent completed =
        told(
            "task.completed",
            "00000000-0000-8000-8000-00000000000c",
            "01T12:00",
            "{'task_id': 't-1', 'kind': 'research', 'key': 'research', 'aggregate': 'inq-1',"
                + " 'payload': {}, 'result': {'who': 'Marvila'}, 'saga': 'research',"
                + " 'instance': 'inq-1'}");
    SagaFold fold = fold(question(), completed);
    assertThat(fold.deadlines()).isEmpty();
    Effect emitted = fold.effects().get(1).effect();
    assertThat(shortly(emitted))
        .isEqualTo(
            "EVENT solution.research_complete inq-1 {'occurred_at':'2026-03-01T12:00:00Z','data':"
                + "{'inquiry_id':'inq-1','findings':{'who':'Marvila'},'task_id':'t-1'}}");

    SagaEvent answer =
        told(
            emitted.type(),
            "00000000-0000-8000-8000-00000000000d",
            "01T12:00",
            Json.write(emitted.payload()));
    assertThat(effectsOf(fold(question(), completed, answer)))
        .as("the task is done, and so is not taken back")
        .containsExactlyInAnyOrder(TASK, shortly(emitted), FINDINGS);
    assertThat(transform(answer).upserts()).hasSize(1);
  }

  private static TransformedEvent transform(SagaEvent told) {
    return SOURCES.transform(told.event().raw());
  }

  @Test
  void aTaskWithoutAResultIsNoAnswer() {
    SagaEvent completed =
        told(
            "task.completed",
            "00000000-0000-8000-8000-00000000000c",
            "01T12:00",
            "{'task_id': 't-1', 'kind': 'research', 'key': 'research', 'result': null,"
                + " 'saga': 'research', 'instance': 'inq-1'}");
    assertThat(fold(question(), completed).deadlines()).hasSize(2);
  }

  static Stream<Sample> samples() {
    return ShippedSamples.of(SOURCE).stream();
  }

  /** Whatever is done to a body, it is stored or a dead letter, and its saga can be folded. */
  @ParameterizedTest
  @MethodSource("samples")
  void aHostileBodyIsStoredOrADeadLetter(Sample sample) throws JsonProcessingException {
    Random random = new Random(sample.body().hashCode());
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      JsonNode body = sample.body().deepCopy();
      spoil(body, random);
      TransformedEvent transformed;
      try {
        transformed = transform(raw(body.toString().getBytes(UTF_8), Map.of()));
      } catch (PermanentFailureException deadLetter) {
        refused++;
        continue;
      }
      if (!transformed.sagas().isEmpty()) {
        Event event = transformed.event();
        assertThat(SagaFold.of(RESEARCH, List.of(question(), SagaEvent.of(event))).failure())
            .as("%s", body)
            .isEmpty();
      }
    }
    assertThat(refused).isPositive();
  }

  private static void spoil(JsonNode node, Random random) throws JsonProcessingException {
    if (node instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        if (random.nextInt(4) == 0) {
          object.set(name, hostile(random));
        } else {
          spoil(object.get(name), random);
        }
      }
    } else if (node instanceof ArrayNode array && !array.isEmpty() && random.nextInt(3) == 0) {
      array.set(random.nextInt(array.size()), hostile(random));
    } else {
      for (JsonNode member : node) {
        spoil(member, random);
      }
    }
  }

  private static JsonNode hostile(Random random) throws JsonProcessingException {
    String text =
        switch (random.nextInt(16)) {
          case 0 -> "null";
          case 1 -> "true";
          case 2 -> "-1";
          case 3 -> "1e400";
          case 4 -> "10.5";
          case 5 -> "\"\"";
          case 6 -> "\" \"";
          case 7 -> "\"a\\u0000b\"";
          case 8 -> "\"\\ud800\"";
          case 9 -> "\"a\\nb\"";
          case 10 -> '"' + "x".repeat(201) + '"';
          case 11 -> '"' + "x".repeat(60_000) + '"';
          case 12 -> "[]";
          case 13 -> "{}";
          case 14 -> "[[[[]]], {\"a\": null}]";
          default -> "\"0001-01-01T00:00:00Z\"";
        };
    return Json.parse(text.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "user.inquiry.solution_needed | 'inquiry_id': 'i', 'user_id': ' ', 'question': 'q'",
        "user.inquiry.solution_needed | 'inquiry_id': 'i', 'user_id': 'u', 'question': 'q', 'priority': 10",
        "community.request_needed | 'request_id': 'r', 'user_id': 'u', 'question': 'q', 'expert_ids': ['a', '']",
        "community.request_needed | 'request_id': 'r', 'user_id': 'u', 'question': 'q', 'expert_ids': []",
        "community.response_received | 'response_id': 'r', 'request_id': 'r', 'expert_id': 'e', 'response': 'x'",
        "intro.completed | 'intro_id': 'i', 'user_id': 'u', 'target_id': ''",
        "intro.completed | 'intro_id': 'i', 'user_id': 'u', 'target_id': 't', 'credits': [{'user_id': 'u'}]",
      })
  void anEffectThatWouldBeMissingIsADeadLetter(String type, String data) {
    assertThatThrownBy(() -> transform(raw(type, "01T09:00", data)))
        .isInstanceOf(PermanentFailureException.class);
  }
}
