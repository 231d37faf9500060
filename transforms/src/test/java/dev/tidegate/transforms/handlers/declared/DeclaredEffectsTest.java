package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.HandlerOutput;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclaredEffectsTest {
  private static final String SHOP =
      """
      source: shop
      event: { id: body:/id, type: body:/type, time: { from: body:/at } }
      tables:
        orders: { key: { order_id: text }, groups: { state: { status: text } } }
      events:
        order.updated:
          rows:
            - { table: orders, key: { order_id: payload.order.id }, set: { status: payload.order.status } }
      %s
      """;

  private static DeclaredSource source(String effects) {
    return DeclaredSource.parse("shop.yaml", SHOP.formatted(effects.indent(4)));
  }

  private static HandlerOutput handle(String effects, String order) {
    String body =
        "{'id': 'e-1', 'type': 'order.updated', 'at': '2026-11-29T10:00:00Z', 'order': %s}"
            .formatted(order)
            .replace('\'', '"');
    DeclaredSource source = source(effects);
    Event event =
        source.decode(
            source.identify(
                RawEvent.builder()
                    .tenantId("acme")
                    .source("shop")
                    .messageId("m-1")
                    .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
                    .attributes(Map.of())
                    .body(body.getBytes(UTF_8))
                    .build()));
    return source.handlerOf("order.updated").get().handle(event);
  }

  private static List<String> effects(String effects, String order) {
    return handle(effects, order).effects().stream()
        .map(effect -> Json.write(effect.toJson()).replace('"', '\''))
        .toList();
  }

  private static String withId(String order) {
    return order.equals("{}") ? "{'id': 'o-1'}" : order.replaceFirst("\\{", "{'id': 'o-1', ");
  }

  @Test
  void anEventHasRowsAndEffects() {
    HandlerOutput output =
        handle(
            """
            emit:
              - type: order.paid
                key: paid
                when: payload.order.status == "paid"
                source: ledger
                aggregate: payload.order.id
                payload: { order: payload.order.id, total: payload.order.total, note: payload.order.note }
            tasks:
              - kind: pack
                priority: 7
                due: event.time + duration("48h")
                aggregate: payload.order.id
                payload: payload.order
            notify:
              - template: order.paid
                recipient: payload.order.customer
                payload: { order: payload.order.id }
            """,
            "{'id': 4711, 'status': 'paid', 'total': 12345678901234567890.12, 'customer': 'ada'}");

    assertThat(output.upserts()).hasSize(1);
    assertThat(output.effects().stream().map(each -> Json.write(each.toJson()).replace('"', '\'')))
        .containsExactly(
            "{'kind':'EVENT','type':'order.paid','key':'paid','aggregate':'4711','source':'ledger',"
                + "'priority':5,'payload':{'order':4711,'total':12345678901234567890.12}}",
            "{'kind':'TASK','type':'pack','key':'tasks/0','aggregate':'4711','priority':7,"
                + "'due_at':'2026-12-01T10:00:00Z','payload':{'id':4711,'status':'paid',"
                + "'total':12345678901234567890.12,'customer':'ada'}}",
            "{'kind':'NOTICE','type':'order.paid','key':'notify/0','recipient':'ada','priority':5,"
                + "'payload':{'order':4711}}");
  }

  @Test
  void aListHasAnEffectForEachItemWithTheItemsPlaceInItsKey() {
    List<Effect> effects =
        handle(
                """
                notify:
                  - template: asked
                    for_each: payload.order.experts
                    when: item.active
                    recipient: item.id
                    payload: '{"order": payload.order.id, "name": item.name}'
                  - { template: also, key: also, for_each: payload.order.experts, recipient: item.id }
                """,
                "{'id': 'o-1', 'experts': [{'id': 'a', 'active': true, 'name': 'Ada'},"
                    + " {'id': 'b', 'active': false}, {'id': 'c', 'active': true, 'name': 'Cleo'}]}")
            .effects();

    assertThat(effects)
        .extracting(Effect::key)
        .as("an item that is left out changes no other's key")
        .containsExactly("notify/0/0", "notify/0/2", "also/0", "also/1", "also/2");
    assertThat(effects.get(1).recipient()).contains("c");
    assertThat(effects.get(1).payload().toString())
        .isEqualTo("{\"order\":\"o-1\",\"name\":\"Cleo\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ when: payload.order.vip } | {}",
        "{ when: payload.order.status == \"paid\" } | {}",
        "{ for_each: payload.order.lines } | {}",
        "{ for_each: payload.order.lines } | {'lines': null}",
        "{ for_each: payload.order.lines } | {'lines': []}",
      })
  void whatTheEventDoesNotHaveCausesNothing(String rule, String order) {
    String effect = rule.replace("{ ", "{ kind: pack, ");
    assertThat(effects("tasks: [ " + effect + " ]", withId(order))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ due: payload.order.due } | {} | 'priority':5,'payload':{}",
        "{ due: payload.order.due } | {'due': null} | 'priority':5,'payload':{}",
        "{ due: payload.order.due } | {'due': '2026-11-30T10:00:00+02:00'} | 'due_at':'2026-11-30T08:00:00Z'",
        "{ priority: payload.order.rank } | {} | 'priority':5",
        "{ priority: payload.order.rank } | {'rank': 9} | 'priority':9",
        "{ priority: payload.order.rank } | {'rank': 0} | 'priority':0",
        "{ priority: 'payload.order.rank > 3 ? 8 : 2' } | {'rank': 4} | 'priority':8",
        "{ payload: { a: payload.order.a, b: payload.order.b } } | {'b': null} | 'payload':{'b':null}}",
      })
  void whatTheEventDoesNotHaveIsLeftOut(String rule, String order, String expected) {
    String effect = rule.replaceFirst("\\{ ", "{ kind: pack, ");
    assertThat(effects("tasks: [ " + effect + " ]", withId(order)))
        .singleElement()
        .asString()
        .contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "notify: [ { template: t, recipient: payload.order.customer } ] | {} | payload.order.customer is missing: an effect needs it",
        "notify: [ { template: t, recipient: payload.order.customer } ] | {'customer': null} | payload.order.customer is missing: an effect needs it",
        "notify: [ { template: t, recipient: payload.order.customer } ] | {'customer': ['a']} | payload.order.customer must be text",
        "notify: [ { template: t, recipient: payload.order.customer } ] | {'customer': ''} | an effect's recipient must be 1 to 200 characters",
        "notify: [ { template: t, recipient: payload.order.customer } ] | {'customer': 'a\\u0000b'} | an effect's recipient must be 1 to 200 characters",
        "tasks: [ { kind: t, aggregate: payload.order.customer } ] | {} | payload.order.customer is missing: an effect needs it",
        "tasks: [ { kind: t, when: payload.order.vip } ] | {'vip': 'yes'} | payload.order.vip must be true or false",
        "tasks: [ { kind: t, when: payload.order.rank / 0 == 1 } ] | {'rank': 1} | divides by zero",
        "tasks: [ { kind: t, for_each: payload.order.lines } ] | {'lines': 'a'} | payload.order.lines must be a list",
        "tasks: [ { kind: t, due: payload.order.due } ] | {'due': 'tomorrow'} | payload.order.due must be a time with an offset",
        "tasks: [ { kind: t, due: payload.order.due } ] | {'due': 17} | payload.order.due must be a time with an offset",
        "tasks: [ { kind: t, priority: payload.order.rank } ] | {'rank': 10} | an effect's priority must be from 0 to 9",
        "tasks: [ { kind: t, priority: payload.order.rank } ] | {'rank': 1e40} | must be a whole number from 0 to 9",
        "tasks: [ { kind: t, priority: payload.order.rank } ] | {'rank': '7'} | must be a whole number from 0 to 9",
        "tasks: [ { kind: t, payload: { a: payload.order.rank / 0 } } ] | {'rank': 1} | divides by zero",
        "tasks: [ { kind: t, payload: payload.order.rank } ] | {'rank': 1} | payload.order.rank must be an object",
        "tasks: [ { kind: t, payload: { a: payload.order.note } } ] | {'note': 'a\\u0000b'} | an effect's payload must not hold NUL",
        "emit: [ { type: t, payload: { a: payload.order.note } } ] | {'note': {'\\ud800': 1}} | an effect's payload must not hold NUL",
        "tasks: [ { kind: t, when: event.time < payload.order } ] | {} | does not take values of these types",
      })
  void anEffectThatCannotBeWorkedOutMakesTheEventADeadLetter(
      String effects, String order, String message) {
    assertThatThrownBy(() -> handle(effects, withId(order)))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining(message);
  }

  @Test
  void anEventWhoseRowFailsHasNoEffects() {
    assertThatThrownBy(() -> handle("tasks: [ { kind: t } ]", "{'status': 'paid'}"))
        .isInstanceOf(PermanentFailureException.class);
  }

  @Test
  void manyEffectsAreADeadLetterWithoutMakingThemAll() {
    String items =
        IntStream.range(0, 101).mapToObj(Integer::toString).collect(Collectors.joining(","));
    String list = "{'id': 1, 'lines': [%s]}";
    String task = "tasks: [ { kind: t, for_each: payload.order.lines } ]";

    assertThat(effects(task, list.formatted(items.replace(",100", "")))).hasSize(Effect.MOST);
    assertThatThrownBy(() -> effects(task, list.formatted(items)))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("more than 100 effects");
  }

  @Test
  void expressionsThatReadTooMuchTogetherAreADeadLetter() {
    String items = "1,".repeat(20_000) + "1";
    assertThatThrownBy(
            () ->
                handle(
                    "tasks: [ { kind: t, for_each: '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,"
                        + "20,21,22,23,24,25,26,27,28,29,30]', when: 'payload.order.lines.all(l, l == 1)' } ]",
                    "{'id': 1, 'lines': [%s]}".formatted(items)))
        .isInstanceOf(PermanentFailureException.class);
  }

  @Test
  void aTypeMayHaveEffectsAlone() {
    DeclaredSource source =
        DeclaredSource.parse(
            "shop.yaml",
            """
            source: shop
            events:
              order.paid: { tasks: [ { kind: pack } ] }
              order.settled: { as: order.paid }
            """);
    assertThat(source.eventTypes()).containsExactly("order.paid", "order.settled");
    assertThat(source.tables()).isEmpty();
  }

  @Test
  void everyMistakeIsToldWithItsPlaceAndLine() {
    assertThatThrownBy(
            () ->
                source(
                    """
                    emit:
                      - { type: task.completed }
                      - { type: "", key: one, when: payload.order.id + }
                      - { type: a, key: one, when: '"yes"' }
                    tasks:
                      - { kind: a, due: 17, aggregate: 5, priority: '"high"' }
                      - { kind: a, for_each: '{"a": 1}', payload: '[1]' }
                      - { kind: a, when: item.x, payload: { a: state.x } }
                      - { kind: "", for_each: item.list }
                    notify:
                      - { template: "", recipient: true }
                    """))
        .isInstanceOf(SourceException.class)
        .satisfies(
            thrown ->
                assertThat(thrown.getMessage().lines().map(String::strip).toList().toString())
                    .contains(
                        "shop.yaml:10: /events/order.updated/emit/0/type must not begin with task."
                            + " or saga. or notice., as what Tidegate itself tells does")
                    .contains("shop.yaml:11: /events/order.updated/emit/1/type must be a name")
                    .contains("shop.yaml:11: /events/order.updated/emit/1/when column 19")
                    .contains(
                        "shop.yaml:12: /events/order.updated/emit/2/key is also the key of"
                            + " another effect")
                    .contains(
                        "shop.yaml:12: /events/order.updated/emit/2/when must be true or false,"
                            + " and is of CEL's type string")
                    .contains("shop.yaml:14: /events/order.updated/tasks/0/due must be a time")
                    .contains("shop.yaml:14: /events/order.updated/tasks/0/aggregate must be text")
                    .contains(
                        "shop.yaml:14: /events/order.updated/tasks/0/priority must be a whole"
                            + " number from 0 to 9")
                    .contains("shop.yaml:15: /events/order.updated/tasks/1/for_each must be a list")
                    .contains(
                        "shop.yaml:15: /events/order.updated/tasks/1/payload must be an object")
                    .contains("shop.yaml:16: /events/order.updated/tasks/2/when column 1:")
                    .contains("shop.yaml:16: /events/order.updated/tasks/2/payload/a column 1:")
                    .contains("shop.yaml:17: /events/order.updated/tasks/3/kind must be a name")
                    .contains("shop.yaml:17: /events/order.updated/tasks/3/for_each column 1:")
                    .contains(
                        "shop.yaml:19: /events/order.updated/notify/0/template must be a name")
                    .contains(
                        "shop.yaml:19: /events/order.updated/notify/0/recipient must be text"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "emit: [ { kind: a } ] | /emit/0 needs type",
        "emit: [ { type: a, recipient: b } ] | /emit/0/recipient is not known",
        "emit: [ { type: a, key: a/b } ] | /emit/0/key must be 1 to 100 letters, digits, _, - or .",
        "emit: [ { type: a, whn: b } ] | /emit/0/whn is not known; did you mean when?",
        "tasks: [ { kind: a, priority: 10 } ] | /tasks/0/priority must be a whole number from 0 to 9",
        "tasks: [ { kind: a, priority: -1 } ] | /tasks/0/priority must be a whole number from 0 to 9",
        "tasks: [ { kind: a, priority: 5.5 } ] | /tasks/0/priority must be a whole number from 0 to 9",
        "tasks: [ { kind: a, payload: [ b ] } ] | /tasks/0/payload must be names with an expression",
        "tasks: [ { kind: a, payload: { b: { c: d } } } ] | /tasks/0/payload/b must be an expression",
        "tasks: [ { kind: a, source: b } ] | /tasks/0/source is not known",
        "notify: [ { template: a } ] | /notify/0 needs recipient",
        "notify: { template: a } | /notify must be a list",
      })
  void whatTheGrammarDoesNotTakeIsAMistake(String effects, String mistake) {
    assertThatThrownBy(() -> source(effects))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("shop.yaml:9: /events/order.updated" + mistake);
  }
}
