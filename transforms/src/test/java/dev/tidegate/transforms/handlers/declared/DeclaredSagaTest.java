package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.testing.Repository;
import dev.tidegate.transforms.handlers.saga.SagaFold;
import dev.tidegate.transforms.handlers.saga.SagaScenario;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Sagas that a source's file declares. */
class DeclaredSagaTest {
  private static String resource(String name) {
    try (InputStream in = DeclaredSagaTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException unreadable) {
      throw new IllegalStateException(name, unreadable);
    }
  }

  /** The source whose saga researches questions. */
  public static DeclaredSource questions() {
    return DeclaredSource.parse("questions.yaml", resource("questions.yaml"));
  }

  private static SagaScenario scenario(String text) {
    return SagaScenario.read(questions(), text);
  }

  @Test
  void thePageShowsTheSagaAndItsScenario() throws IOException {
    String page = Files.readString(Repository.ROOT.resolve("docs/sources.md"));
    String file = resource("questions.yaml");
    assertThat(page)
        .contains(file.substring(file.indexOf("sagas:")))
        .contains(resource("question-answered.scenario.yaml"));
  }

  @Test
  void aQuestionIsResearchedChasedAndAnswered() {
    scenario(resource("question-answered.scenario.yaml")).check();
  }

  @Test
  void aQuestionWaitsForResearch() {
    scenario(
            """
            saga: research
            given:
              - { type: question.asked, at: 2026-03-02T08:00:00Z, payload: { question: q-1, user: ada } }
            expect:
              status: ACTIVE
              waiting_for: research
              since: 2026-03-02T08:00:00Z
              effects: [{ key: research, payload: {} }]
              deadlines: { chase: 2026-03-04T08:00:00Z, close: 2026-03-09T08:00:00Z }
            """)
        .check();
  }

  @Test
  void whatIsWithdrawnRevokesEvenWhatComesLater() {
    scenario(
            """
            saga: research
            given:
              - { type: question.asked, at: 2026-03-02T08:00:00Z, payload: { question: q-1, user: ada } }
              - { task: research, completed: { findings: 3 }, at: 2026-03-02T09:00:00Z }
              - { type: question.withdrawn, at: 2026-03-03T08:00:00Z, payload: { question: q-1 } }
            expect:
              status: COMPLETED
              state: { asker: ada, asked_at: 2026-03-02T08:00:00Z, findings: 3 }
              effects: []
              revoked: [research, answer, findings]
              deadlines: {}
            """)
        .check();
  }

  /** A second question of the user says nothing of the time of the first. */
  @Test
  void membersThatTheEventDoesNotHaveStayAsTheyAre() {
    SagaFold fold =
        SagaScenario.read(
                DeclaredSource.parse(
                    "s.yaml",
                    """
                    source: s
                    events: {}
                    sagas:
                      one:
                        on:
                          - event: said
                            instance: payload.id
                            state: { a: payload.a, b: payload.b, before: state.a, kept: payload.none }
                    """),
                """
                saga: one
                given:
                  - { type: said, at: 2026-03-02T08:00:00Z, payload: { id: 7, a: 1, b: 1 } }
                  - { type: said, at: 2026-03-02T09:00:00Z, payload: { id: 7, a: 2 } }
                  - { type: said, at: 2026-03-02T10:00:00Z, payload: { id: 7, b: null } }
                """)
            .fold();
    assertThat(fold.state()).hasToString("{\"a\":2,\"b\":null,\"before\":2}");
  }

  @Test
  void anEffectOfAListIsRevokedWithAllItsItems() {
    String source =
        """
        source: s
        events: {}
        sagas:
          one:
            on:
              - event: asked
                instance: payload.id
                notify:
                  - key: expert
                    template: t
                    for_each: payload.experts
                    when: item != "eve"
                    recipient: item
                    compensate: { emit: { type: expert.dismissed, payload: { expert: item } } }
              - { event: done, instance: payload.id, revoke: [expert] }
        """;
    DeclaredSource parsed = DeclaredSource.parse("s.yaml", source);
    SagaFold asked =
        SagaScenario.read(
                parsed,
                "saga: one\ngiven: [{ type: asked, payload: { id: i, experts: [ada, eve, bob] } }]")
            .fold();
    assertThat(asked.effects())
        .extracting(implied -> implied.effect().key())
        .containsExactly("expert/0", "expert/2");
    assertThat(asked.effects().get(1).effect().compensation().orElseThrow().payload())
        .hasToString("{\"expert\":\"bob\"}");
    SagaFold done =
        SagaScenario.read(
                parsed,
                """
                saga: one
                given:
                  - { type: asked, at: 2026-03-02T08:00:00Z, payload: { id: i, experts: [ada, eve, bob] } }
                  - { type: done, at: 2026-03-02T09:00:00Z, payload: { id: i } }
                """)
            .fold();
    assertThat(done.effects()).isEmpty();
  }

  @Test
  void anExpressionThatFailsFailsTheInstanceAndQuotesNothing() {
    SagaFold fold =
        SagaScenario.read(
                DeclaredSource.parse(
                    "s.yaml",
                    """
                    source: s
                    events: {}
                    sagas:
                      one:
                        on:
                          - { event: said, instance: payload.id, state: { n: payload.a + 1 } }
                    """),
                "saga: one\ngiven: [{ type: said, payload: { id: i, a: ada@example.com } }]")
            .fold();
    assertThat(fold.status()).isEqualTo(SagaFold.Status.FAILED);
    assertThat(fold.failure())
        .contains("said event-1: payload.a + 1: does not take values of these types");
  }

  @Test
  void everyMistakeIsToldWithItsPlace() {
    assertThatThrownBy(
            () ->
                DeclaredSource.parse(
                    "bad.yaml",
                    """
                    source: bad
                    events:
                      thing.seen:
                        emit: [{ type: a, compensate: { emit: { type: b } } }]
                    sagas:
                      Bad:
                        on:
                          - event: thing.seen
                            state: { n: payload.a +, m: nobody }
                            tasks: [{ kind: work }]
                            deadlines: { chase: 5 }
                          - event: thing.lost
                            deadline: chase
                          - { deadline: chaise }
                          - { event: thing.seen, instance: payload.id, clear: [chas], revoke: [wrk] }
                          - { event: thing.seen, instance: payload.other }
                          - { event: saga.deadline, instance: payload.id }
                          - event: thing.done
                            instance: payload.id
                            tasks: [{ key: work, kind: work, compensate: { tasks: { key: k, kind: undo } } }]
                    """))
        .isInstanceOf(SourceException.class)
        .hasMessageContainingAll(
            "bad.yaml:4: /events/thing.seen/emit/0/compensate must be left out: it belongs to sagas",
            "/sagas/Bad must be a name",
            "bad.yaml:8: /sagas/Bad/on/0 needs instance",
            "bad.yaml:9: /sagas/Bad/on/0/state/n column",
            "bad.yaml:9: /sagas/Bad/on/0/state/m column 1: undeclared reference to 'nobody'",
            "bad.yaml:10: /sagas/Bad/on/0/tasks/0/key needs a key",
            "bad.yaml:11: /sagas/Bad/on/0/deadlines/chase must be a time",
            "bad.yaml:12: /sagas/Bad/on/1 needs event or deadline, and not both",
            "bad.yaml:14: /sagas/Bad/on/2 names no deadline of this saga; did you mean chase?",
            "bad.yaml:15: /sagas/Bad/on/3/clear names no deadline of this saga; did you mean chase?",
            "bad.yaml:15: /sagas/Bad/on/3/revoke names no effect's key of this saga; did you mean work?",
            "bad.yaml:16: /sagas/Bad/on/4/instance must be the same as for this event above",
            "bad.yaml:17: /sagas/Bad/on/5/event must not begin with saga.",
            "bad.yaml:20: /sagas/Bad/on/6/tasks/0/compensate/tasks/key must be left out");
  }

  @Test
  void whatTheGrammarDoesNotKnowIsAMistakeWithTheNearestName() {
    assertThatThrownBy(
            () ->
                DeclaredSource.parse(
                    "bad.yaml",
                    """
                    source: bad
                    events: {}
                    sagas:
                      one:
                        on:
                          - { evnt: thing.seen, instance: payload.id, complete: "yes" }
                          - { event: a, instance: payload.id, tasks: [{ key: k, kind: b, compensate: {} }] }
                    """))
        .hasMessageContainingAll(
            "bad.yaml:6: /sagas/one/on/0/evnt is not known; did you mean event?",
            "bad.yaml:6: /sagas/one/on/0/complete must be true or false",
            "bad.yaml:7: /sagas/one/on/1/tasks/0/compensate must have one of emit, tasks and notify");
  }

  @Test
  void aScenarioTellsEveryDifference() {
    assertThatThrownBy(
            () ->
                scenario(
                        """
                        saga: research
                        given:
                          - { type: question.asked, at: 2026-03-02T08:00:00Z, payload: { question: q-1, user: ada } }
                        expect:
                          status: COMPLETED
                          effects: [{ key: research, priority: 5 }]
                          deadlines: { close: 2026-03-09T09:00:00+01:00 }
                        """)
                    .check())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "status: expected \"COMPLETED\", and it is \"ACTIVE\"",
            "effects/0/priority: expected 5, and it is 7",
            "deadlines/chase: expected nothing, and it is \"2026-03-04T08:00:00Z\"")
        .hasMessageNotContaining("deadlines/close");
  }

  @Test
  void aScenarioThatCannotBeReadSaysWhy() {
    assertThatThrownBy(() -> scenario("saga: reserch\ngiven: []"))
        .hasMessage("the source questions has no saga reserch; did you mean research?");
    assertThatThrownBy(() -> scenario("saga: research\ngivn: []"))
        .hasMessage("the scenario has givn, which is not known; did you mean given?");
    assertThatThrownBy(() -> scenario("saga: research\ngiven: [{ type: other.thing }]"))
        .hasMessage("event 1 (other.thing) belongs to no instance");
    assertThatThrownBy(
            () ->
                scenario(
                    """
                    saga: research
                    given:
                      - { type: question.asked, payload: { question: a } }
                      - { type: question.asked, payload: { question: b } }
                    """))
        .hasMessage("event 2 (question.asked) belongs to another instance than those before it");
    assertThatCode(
            () ->
                scenario(
                        """
                        saga: research
                        given:
                          - { type: question.asked, payload: { question: a, user: ada } }
                          - { cancel: no longer needed, at: 2026-03-02T08:00:00Z }
                        expect: { status: CANCELLED, effects: [], deadlines: {} }
                        """)
                    .check())
        .doesNotThrowAnyException();
  }
}
