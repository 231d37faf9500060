package dev.tidegate.transforms.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.SagaReference;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.handlers.example.Warehouse;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.beam.sdk.util.SerializableUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventSourcesTest {
  private final EventSources sources = EventSources.installed();

  @Test
  void knowsTerminal49AndItsTablesInLockOrder() {
    assertThat(sources.named("terminal49")).isInstanceOf(Terminal49.class);
    List<String> ofTerminal49 = new Terminal49().tables().stream().map(Table::name).toList();
    assertThat(ofTerminal49)
        .startsWith("shipments", "containers", "container_events")
        .endsWith("vessels", "locations");
    // Other sources on the class path have tables, too.
    assertThat(sources.tables())
        .extracting(Table::name)
        .containsSubsequence(ofTerminal49)
        .doesNotHaveDuplicates();
  }

  /** As it does to a worker: the source need not be on the class path by name. */
  @Test
  void aSourceThatIsPassedTravelsWithItsHandlersAndTables() throws Exception {
    EventSources passed = EventSources.of(List.of(new Terminal49(), new Warehouse()));
    EventSources arrived = SerializableUtils.clone(passed);

    assertThat(arrived.tables()).isEqualTo(passed.tables());
    RawEvent scan =
        event("{\"parcel\":\"P-1\",\"shelf\":\"A4\"}", Map.of()).toBuilder()
            .source("warehouse")
            .notificationId("n-1")
            .eventType("parcel.scanned")
            .build();
    EventSource warehouse = arrived.named("warehouse");
    Event event = warehouse.decode(arrived.identify(scan));
    assertThat(warehouse.handlerOf(event.eventType()).orElseThrow().handle(event).upserts())
        .singleElement()
        .satisfies(row -> assertThat(row.key()).containsExactly("acme", "P-1"));
    assertThat(sources.named("warehouse").handlerOf("parcel.scanned"))
        .as("one that nobody passed")
        .isEmpty();
  }

  @Test
  void twoSourcesOfOneNameAreAMistake() {
    assertThatThrownBy(() -> EventSources.of(List.of(new Warehouse(), new Warehouse())))
        .hasMessage(
            "two event sources are named warehouse: %1$s and %1$s"
                .formatted(Warehouse.class.getName()));
  }

  @Test
  void allThatIsWrongWithSourcesIsToldAtOnceAndWhereItStands() {
    String text =
        """
        source: %s
        tables:
          containers: { key: { id: text }, groups: { state: { status: text } } }
          places: { key: { id: text }, groups: { state: { status: text } } }
        events:
          seen: { rows: [ { table: places, key: { id: payload.id } } ] }
        """;
    List<DeclaredSource> declared =
        List.of(
            DeclaredSource.parse("a.yaml", text.formatted("a")),
            DeclaredSource.parse("b.yaml", text.formatted("terminal49")));
    assertThatThrownBy(() -> sources.and(declared))
        .hasMessage(
            """
            a.yaml:3: the table containers belongs to both event sources terminal49 and a
            two event sources are named terminal49: %s and b.yaml:1
            b.yaml:3: the table containers belongs to both event sources a and terminal49
            b.yaml:4: the table places belongs to both event sources a and terminal49"""
                .formatted(Terminal49.class.getName()));
  }

  private static final String RESEARCH =
      """
      source: questions
      events: {}
      sagas:
        %s:
          on:
            - { event: question.asked, instance: payload.question }
            - { event: task.completed, instance: payload.payload.question }
      """;

  private static List<SagaReference> sagasOf(
      String type, String body, Map<String, String> attributes) throws Exception {
    EventSources passed =
        SerializableUtils.clone(
            EventSources.of(
                List.of(DeclaredSource.parse("questions.yaml", RESEARCH.formatted("research")))));
    RawEvent raw =
        event(body, attributes).toBuilder()
            .source("questions")
            .notificationId("n-1")
            .eventType(type)
            .build();
    return passed.transform(passed.identify(raw)).sagas();
  }

  @Test
  void anEventBelongsToTheInstanceThatItsSagaNames() throws Exception {
    assertThat(sagasOf("question.asked", "{\"question\":\"q-1\"}", Map.of()))
        .containsExactly(new SagaReference("research", "q-1"));
    assertThat(sagasOf("question.asked", "{}", Map.of())).isEmpty();
    assertThat(sagasOf("question.seen", "{\"question\":\"q-1\"}", Map.of())).isEmpty();
    assertThatThrownBy(() -> sagasOf("question.asked", "{\"question\":\"q\\u0000\"}", Map.of()))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageStartingWith("the instance of the saga research must be 1 to 200 characters");
  }

  /** Nobody else may tell of tasks, deadlines and operators. */
  @Test
  void whatTidegateTellsOfASagaNamesItsInstance() throws Exception {
    Map<String, String> own = Map.of("causation_id", "c-1", "causation_depth", "1");
    String named = "{\"saga\":\"%s\",\"instance\":\"q-1\"}";
    for (String type :
        List.of("task.completed", "task.failed", "saga.deadline", "saga.cancel", "saga.retry")) {
      assertThat(sagasOf(type, named.formatted("research"), own))
          .as(type)
          .containsExactly(new SagaReference("research", "q-1"));
      assertThat(sagasOf(type, named.formatted("other"), own)).as(type).isEmpty();
      assertThat(sagasOf(type, named.formatted("research"), Map.of())).as("forged").isEmpty();
    }
    assertThat(sagasOf("question.seen", named.formatted("research"), own)).isEmpty();
    assertThat(sagasOf("task.completed", "{\"payload\":{\"question\":\"q-2\"}}", own))
        .as("of a task that no saga has issued")
        .containsExactly(new SagaReference("research", "q-2"));
  }

  @Test
  void twoSagasOfOneNameAreAMistake() {
    Saga<?> saga =
        DeclaredSource.parse("questions.yaml", RESEARCH.formatted("research")).sagas().get(0);
    ApplicationEvents twice =
        new ApplicationEvents("twice") {
          private static final long serialVersionUID = 1L;

          @Override
          public List<Saga<?>> sagas() {
            return List.of(saga, saga);
          }
        };
    assertThatThrownBy(() -> EventSources.of(List.of(twice)))
        .hasMessageEndingWith("the event source twice has two sagas named research");
  }

  @Test
  void anUnknownSourcesEventsAreReadFromTheirAttributes() throws Exception {
    EventSource orders = sources.named("orders");
    RawEvent raw =
        event("{\"order\":7}", Map.of("ce-time", "2026-03-02T09:00:00+01:00")).toBuilder()
            .notificationId("n-1")
            .eventType("order.placed")
            .build();

    Event event = orders.decode(raw);
    orders.validate(event);

    assertThat(orders.name()).isEqualTo("orders");
    assertThat(event.notificationId()).isEqualTo("n-1");
    assertThat(event.eventType()).isEqualTo("order.placed");
    assertThat(event.asOf()).isEqualTo(Instant.parse("2026-03-02T08:00:00Z"));
    assertThat(orders.handlerOf("order.placed")).isEmpty();
    assertThat(orders.tables()).isEmpty();
    assertThat(orders.identify(raw.body())).isEqualTo(NotificationIdentity.UNKNOWN);
    assertThat(orders.factsOf(raw))
        .isEqualTo(EventFacts.at(Optional.of(Instant.parse("2026-03-02T08:00:00Z"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "+999999999-01-01T00:00:00Z"})
  void anUnknownSourcesUnreadableTimeIsUnknown(String time) throws Exception {
    RawEvent raw =
        event("{}", Map.of("ce-time", time)).toBuilder()
            .notificationId("n-1")
            .eventType("order.placed")
            .build();

    assertThat(sources.named("orders").decode(raw).asOf()).isEqualTo(Version.UNKNOWN_TIME);
    assertThat(sources.named("orders").factsOf(raw)).isEqualTo(EventFacts.NONE);
  }

  @Test
  void aRegisteredSendersUnreadableTimeIsAnErrorWhereAHandlerWouldUseIt() {
    EventSource orders =
        new ApplicationEvents(
            "orders", Map.of("order.placed", event -> HandlerOutput.of()), List.of());
    RawEvent raw =
        event("{}", Map.of("ce-time", "soon")).toBuilder()
            .notificationId("n-1")
            .eventType("order.placed")
            .build();

    assertThat(orders.handlerOf("order.placed")).isPresent();
    assertThatThrownBy(() -> orders.decode(raw))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("ce-time")
        .hasMessageNotContaining("soon");
    assertThatCode(() -> orders.decode(raw.toBuilder().eventType("order.seen").build()))
        .doesNotThrowAnyException();
  }

  @Test
  void anUnknownSourcesEventNeedsAnObjectAnIdAndAType() {
    EventSource orders = sources.named("orders");

    assertThatThrownBy(() -> orders.decode(event("{\"id\":\"n-1\"}", Map.of())))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("notification_id");
    assertThatThrownBy(
            () -> orders.decode(event("{}", Map.of()).toBuilder().notificationId("n-1").build()))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("event_type");
    assertThatThrownBy(() -> orders.decode(event("[]", Map.of())))
        .isInstanceOf(PermanentFailureException.class);
  }

  /** The source's file says that the body has ID, type and time. */
  private static final DeclaredSource CHAINED =
      DeclaredSource.parse(
          "chained.yaml",
          """
          source: chained
          event:
            id: body:/id
            type: body:/type
            time: { from: body:/at }
          tables:
            steps: { key: { id: text }, groups: { state: { seen_at: timestamptz } } }
          events:
            step.done:
              rows: [ { table: steps, key: { id: payload.step }, set: { seen_at: event.time } } ]
          """);

  private static RawEvent followUp(String type, int depth) {
    return event(
            "{\"step\":\"s-1\"}",
            Map.of(
                "causation_id", "0a",
                "causation_depth", Integer.toString(depth),
                "ce-time", "2026-03-02T08:00:00Z"))
        .toBuilder()
        .source("chained")
        .notificationId("effect-1")
        .eventType(type)
        .build();
  }

  @Test
  void aFollowUpIsReadByItsAttributesAndHandledByItsSource() {
    EventSources chained = EventSources.of(List.of(CHAINED));
    RawEvent identified = chained.identify(followUp("step.done", 1));
    assertThat(identified.notificationId()).contains("effect-1");
    assertThat(chained.factsOf(identified))
        .isEqualTo(EventFacts.at(Optional.of(Instant.parse("2026-03-02T08:00:00Z"))));

    Event event = chained.validate(identified);
    assertThat(event.asOf()).isEqualTo(Instant.parse("2026-03-02T08:00:00Z"));
    assertThat(chained.transform(identified).upserts())
        .singleElement()
        .satisfies(
            row -> assertThat(row.columns()).containsEntry("seen_at", "2026-03-02T08:00:00Z"));
  }

  @Test
  void whatTellsOfAnEffectNeedsNoHandler() {
    EventSources chained = EventSources.of(List.of(CHAINED));
    assertThat(chained.transform(followUp("task.completed", 1)).handled()).isTrue();
    assertThat(chained.transform(followUp("step.unknown", 1)).handled()).isFalse();
    RawEvent ofASender =
        followUp("task.completed", 1).toBuilder().source("orders").attributes(Map.of()).build();
    assertThat(chained.transform(ofASender).handled()).as("no follow-up").isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"11", "0", "-1", "ten", "99999999999"})
  void anEndlessChainIsInvalid(String depth) {
    EventSources chained = EventSources.of(List.of(CHAINED));
    assertThatCode(() -> chained.validate(followUp("step.done", 10))).doesNotThrowAnyException();
    RawEvent deep =
        followUp("step.done", 1).toBuilder()
            .attributes(Map.of("causation_id", "0a", "causation_depth", depth))
            .build();
    assertThatThrownBy(() -> chained.validate(deep))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage("more than 10 events caused one another in a chain");
  }

  private static RawEvent event(String body, Map<String, String> attributes) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("orders")
        .messageId("m-1")
        .publishTime(Instant.parse("2026-03-02T08:00:05Z"))
        .attributes(attributes)
        .body(body.getBytes(StandardCharsets.UTF_8))
        .build();
  }
}
