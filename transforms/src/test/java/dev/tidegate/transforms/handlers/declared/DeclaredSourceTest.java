package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.EventSources;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.beam.sdk.util.SerializableUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeclaredSourceTest {
  private static final String SHOP =
      """
      source: shop
      event:
        id: body:/id
        type: body:/type
        time: { from: body:/created, as: unix-seconds }
      tables:
        orders:
          key: { order_id: text }
          groups:
            state: { status: text, total: numeric, currency: text, paid_at: timestamptz }
            flags: { test: boolean, lines: bigint, due_on: date, address: jsonb }
          extra: true
        order_lines:
          key: { order_id: text, line: bigint }
          groups:
            line: { sku: text, quantity: bigint, total: numeric }
      events:
        order.updated:
          schema: { type: object, required: [data] }
          rows:
            - table: orders
              key: { order_id: payload.data.id }
              set:
                status: payload.data.status
                total: payload.data.amount
                currency: payload.data.?currency
                paid_at: timestamp(payload.data.paid)
                test: '!payload.live'
                lines: size(payload.data.lines)
                due_on: payload.data.due
                address: payload.data.address
              when: payload.data.status != "draft"
              extra: payload.data
            - table: order_lines
              for_each: payload.data.lines
              key: { order_id: payload.data.id, line: item.number }
              set:
                sku: item.sku
                quantity: item.quantity
                total: double(item.quantity) * item.price
      """;

  private final EventSources sources =
      EventSources.of(List.of(DeclaredSource.parse("shop.yaml", SHOP)));

  private static RawEvent event(String body) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("shop")
        .messageId("m-1")
        .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
        .attributes(Map.of())
        .body(body.getBytes(UTF_8))
        .build();
  }

  @Test
  void aHeadersPlaceIsTheAttributeThatKeepsItOrElseTheMessagesOwn() {
    EventSources hub =
        EventSources.of(
            List.of(
                DeclaredSource.parse(
                    "hub.yaml",
                    """
                    source: shop
                    webhook: { scheme: github }
                    cloud_events: [urn:shop]
                    event:
                      id: header:X-GitHub-Delivery
                      type: header:X-GitHub-Event
                      time: { from: header:X-Sent-At }
                    events: {}
                    """)));
    RawEvent kept =
        event("{}").toBuilder()
            .attributes(
                Map.of(
                    "header.x-github-delivery", "d-1",
                    "header.x-github-event", "push",
                    "header.x-sent-at", "2026-11-29T11:00:00Z"))
            .notificationId("other")
            .eventType("other")
            .build();
    RawEvent identified = hub.identify(kept);
    assertThat(identified.notificationId()).contains("d-1");
    assertThat(identified.eventType()).contains("push");
    assertThat(identified.typeFromAttribute()).as("the version covers the type").isTrue();
    assertThat(hub.decode(identified).asOf()).isEqualTo(Instant.parse("2026-11-29T11:00:00Z"));
    RawEvent without = hub.identify(kept.toBuilder().attributes(Map.of()).build());
    assertThat(without.notificationId()).contains("other");
    assertThat(without.eventType()).contains("other");
  }

  private TransformedEvent transform(String body) {
    RawEvent identified = sources.identify(event(body));
    sources.validate(identified);
    return sources.transform(identified);
  }

  private static String order(String data) {
    return "{\"id\":\"e-1\",\"type\":\"order.updated\",\"created\":1795000000,\"live\":true,\"data\":"
        + data
        + "}";
  }

  @Test
  void anEventIsItsRows() {
    TransformedEvent transformed =
        transform(
            order(
                """
                {"id": "o-1", "status": "paid", "amount": 12345678901234567890.12, "currency": null,
                 "paid": "2026-11-29T11:00:00Z", "due": "2026-12-01", "address": {"city": "Ulm"},
                 "note": "gift", "lines": [
                   {"number": 1, "sku": "A", "quantity": 2, "price": 1.5},
                   {"number": 2, "sku": "B", "quantity": 1, "price": 0.25}]}
                """));

    assertThat(transformed.event().notificationId()).isEqualTo("e-1");
    assertThat(transformed.event().eventType()).isEqualTo("order.updated");
    assertThat(transformed.event().asOf()).isEqualTo(Instant.ofEpochSecond(1795000000));
    assertThat(transformed.warnings()).isEmpty();
    assertThat(transformed.upserts()).hasSize(3);
    Upsert order = transformed.upserts().get(0);
    assertThat(order.key()).containsExactly("acme", "o-1");
    Map<String, String> columns = new TreeMap<>(order.columns());
    assertThat(columns)
        .containsEntry("status", "paid")
        .as("numbers keep all their digits")
        .containsEntry("total", "12345678901234567890.12")
        .as("null is a value")
        .containsEntry("currency", null)
        .containsEntry("paid_at", "2026-11-29T11:00:00Z")
        .containsEntry("test", "false")
        .containsEntry("lines", "2")
        .containsEntry("due_on", "2026-12-01")
        .containsEntry("address", "{\"city\":\"Ulm\"}")
        .as("what no column names")
        .containsEntry("extra/note", "\"gift\"")
        .doesNotContainKey("extra/status");
    assertThat(transformed.upserts().get(1).key()).containsExactly("acme", "o-1", "1");
    assertThat(transformed.upserts().get(2).columns())
        .containsEntry("sku", "B")
        .containsEntry("total", "0.25");
  }

  @Test
  void whatAnEventDoesNotHaveStaysAsItIs() {
    Upsert order = transform(order("{\"id\":\"o-1\",\"status\":\"new\"}")).upserts().get(0);

    assertThat(order.columns()).containsOnlyKeys("status", "test");
  }

  @Test
  void aValueThatItsColumnCannotHoldCostsItselfOnly() {
    TransformedEvent transformed =
        transform(
            order("{\"id\":\"o-1\",\"status\":\"new\",\"amount\":\"much\",\"paid\":\"soon\"}"));

    assertThat(transformed.upserts().get(0).columns()).containsOnlyKeys("status", "test");
    assertThat(transformed.warnings())
        .extracting(warning -> warning.pointer() + " | " + warning.rule())
        .containsExactly(
            "payload.data.amount | orders.total must be a number",
            "timestamp(payload.data.paid) | timestamp(payload.data.paid): reads a text that does not"
                + " have the format it must have");
  }

  @Test
  void aRowIsWrittenOnlyWhereItsConditionIsTrue() {
    assertThat(transform(order("{\"id\":\"o-1\",\"status\":\"draft\"}")).upserts()).isEmpty();
    assertThat(transform(order("{\"id\":\"o-1\"}")).upserts())
        .as("a condition on what is not there")
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'status':'new'}| orders.order_id must be given: it is part of the key",
        "{'id':null,'status':'new'}| orders.order_id must be given: it is part of the key",
        "{'id':{},'status':'new'}| orders.order_id must be a single value, not an array or object",
        "{'id':'o','status':'new','lines':7}| payload.data.lines must be a list",
        "{'id':'o','status':'new','lines':[{'sku':'A'}]}|"
            + " order_lines.line must be given: it is part of the key",
      })
  void anEventWhoseKeyCannotBeWorkedOutIsADeadLetter(String data, String message) {
    assertThatThrownBy(() -> transform(order(data.replace('\'', '"'))))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage(message.strip());
  }

  @Test
  void anEventMayNotMeanTooManyRows() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      lines.append(i == 0 ? "" : ",").append("{\"number\":").append(i).append('}');
    }
    assertThatThrownBy(
            () -> transform(order("{\"id\":\"o\",\"status\":\"new\",\"lines\":[" + lines + "]}")))
        .hasMessage("the event means more than 5000 rows");
    assertThatThrownBy(
            () -> transform(order("{\"id\":\"" + "x".repeat(1 << 20) + "\",\"status\":\"new\"}")))
        .hasMessage("orders.order_id must have at most 200 characters, not 1048576");
  }

  @Test
  void theSchemaOfATypeIsKept() {
    assertThatThrownBy(() -> transform("{\"id\":\"e-1\",\"type\":\"order.updated\",\"created\":1}"))
        .hasMessage(": required data");
  }

  @Test
  void aTypeWithoutRowsIsUnknownAndNoError() {
    assertThat(transform("{\"id\":\"e-1\",\"type\":\"order.seen\",\"created\":1}").handled())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "rfc3339, '\"2026-11-29T12:00:00+01:00\"', 2026-11-29T11:00:00Z",
    "unix-seconds, 1795000000.5, 2026-11-18T11:06:40.500Z",
    "unix-seconds, '\"1795000000\"', 2026-11-18T11:06:40Z",
    "unix-milliseconds, 1795000000123, 2026-11-18T11:06:40.123Z",
    "unix-microseconds, 1795000000123456, 2026-11-18T11:06:40.123456Z",
    "sequence, 41, 0001-01-01T00:00:00.000042Z",
  })
  void timesAreReadAsTheyAreDeclared(String format, String written, Instant read) {
    assertThat(decode(format, "none", "\"at\":" + written).asOf()).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource({
    "rfc3339, '\"yesterday\"'",
    "rfc3339, 1795000000",
    "unix-seconds, 1e999999999",
    "unix-seconds, '\"1795000000123456789012345678901234567890123\"'",
    "unix-seconds, true",
    "unix-milliseconds, {}",
    "sequence, -1",
    "sequence, 99999999999999999999",
  })
  void aTimeThatCannotBeReadIsADeadLetter(String format, String written) {
    assertThatThrownBy(() -> decode(format, "none", "\"at\":" + written))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageStartingWith("body:/at must be ");
  }

  @Test
  void anEventWithoutATimeHasNoneOrThatOfItsReceipt() {
    assertThat(decode("rfc3339", "none", "\"x\":1").asOf()).isEqualTo(Version.UNKNOWN_TIME);
    assertThat(decode("rfc3339", "received", "\"at\":null").asOf())
        .isEqualTo(Instant.parse("2026-11-29T12:00:00Z"));
  }

  private static Event decode(String format, String otherwise, String member) {
    EventSources timed =
        EventSources.of(
            List.of(
                DeclaredSource.parse(
                    "timed.yaml",
                    """
                    source: shop
                    event:
                      id: body:/id
                      time: { from: body:/at, as: %s, otherwise: %s }
                    tables: { things: { key: { id: text }, extra: true } }
                    events: { seen: { rows: [ { table: things, key: { id: event.id } } ] } }
                    """
                        .formatted(format, otherwise))));
    RawEvent raw = event("{\"id\":7," + member + "}").toBuilder().eventType("seen").build();
    return timed.decode(timed.identify(raw));
  }

  @Test
  void idAndTypeMayBeInAttributes() {
    EventSources hooked =
        EventSources.of(
            List.of(
                DeclaredSource.parse(
                    "hooks.yaml",
                    """
                    source: shop
                    event: { id: "attribute:delivery", type: "attribute:topic" }
                    tables: { things: { key: { id: bigint }, extra: true } }
                    events: { pushed: { rows: [ { table: things, key: { id: payload.id } } ] } }
                    """)));
    RawEvent first =
        hooked.identify(
            event("{\"id\":7}").toBuilder()
                .attributes(Map.of("delivery", "d-1", "topic", "pushed"))
                .build());
    RawEvent other = first.toBuilder().eventType("pulled").build();

    Event decoded = hooked.decode(first);
    assertThat(decoded.notificationId()).isEqualTo("d-1");
    assertThat(decoded.eventType()).isEqualTo("pushed");
    assertThat(first.contentSha256())
        .as("the version covers a type that the body does not say")
        .isNotEqualTo(other.contentSha256());
    assertThat(hooked.transform(first).upserts().get(0).key()).containsExactly("acme", "7");
  }

  /** As it does to the workers. */
  @Test
  void aSourceTravelsAsItsFile() throws Exception {
    EventSources arrived = SerializableUtils.clone(sources);

    assertThat(arrived.tables()).isEqualTo(sources.tables());
    RawEvent raw = arrived.identify(event(order("{\"id\":\"o-1\",\"status\":\"new\"}")));
    assertThat(arrived.transform(raw).upserts()).hasSize(1);
  }

  @Test
  void whatSeveralRowsSayOfOneKeyIsOneRow() {
    TransformedEvent transformed =
        transform(
            order(
                """
                {"id": "o-1", "status": "new", "lines": [
                   {"number": 1, "sku": "A"}, {"number": 1, "quantity": 2}]}
                """));

    assertThat(transformed.upserts()).hasSize(2);
    assertThat(transformed.upserts().get(1).columns())
        .containsEntry("sku", "A")
        .containsEntry("quantity", "2");
  }

  @Test
  void tablesAreDeclaredInOrder() {
    assertThat(sources.tables()).extracting(Table::name).containsExactly("orders", "order_lines");
  }

  @Test
  void allMistakesAreToldWithTheirLines() {
    assertThatThrownBy(
            () ->
                DeclaredSource.parse(
                    "shop.yaml",
                    """
                    source: shop
                    event:
                      id: body:/id
                    tables:
                      orders:
                        key: { order_id: text }
                        groups:
                          state: { status: text, total: numeric, test: boolean }
                      Lines:
                        key: { line: bigint }
                        extra: true
                    events:
                      order.updated:
                        rows:
                          - table: ordres
                            key: { order_id: payload.id }
                          - table: orders
                            key: { order: payload.id }
                            set:
                              statsu: payload.status
                              total: payload.total +
                              test: 1 + 2
                              status: itm.status
                            when: size(payload.lines)
                    """))
        .isInstanceOf(SourceException.class)
        .hasMessage(
            """
            shop.yaml:10: /tables/Lines not a plain SQL name: Lines
            shop.yaml:15: /events/order.updated/rows/0/table is not a table of this source; did you mean orders?
            shop.yaml:18: /events/order.updated/rows/1/key needs order_id
            shop.yaml:18: /events/order.updated/rows/1/key/order is not a column of this table; known are order_id
            shop.yaml:20: /events/order.updated/rows/1/set/statsu is not a column of this table; did you mean status?
            shop.yaml:21: /events/order.updated/rows/1/set/total column 16: mismatched input '<EOF>'
            shop.yaml:22: /events/order.updated/rows/1/set/test must be boolean, and is of CEL's type int
            shop.yaml:23: /events/order.updated/rows/1/set/status column 1: undeclared reference to 'itm' (in container '')
            shop.yaml:24: /events/order.updated/rows/1/when must be true or false, and is of CEL's type int"""
                .strip());
  }

  @Test
  void aTypeMayMeanTheSameAsAnother() {
    String text = SHOP + "  order.created: { as: order.updated }\n";
    EventSources both = EventSources.of(List.of(DeclaredSource.parse("shop.yaml", text)));
    String body = order("{\"id\":\"o-1\",\"status\":\"new\"}").replace("updated", "created");
    assertThat(both.transform(both.identify(event(body))).upserts()).hasSize(1);

    assertThatThrownBy(
            () ->
                DeclaredSource.parse(
                    "shop.yaml", text.replace("as: order.updated", "as: order.update")))
        .hasMessage(
            "shop.yaml:41: /events/order.created/as is not a type with rows or effects;"
                + " did you mean order.updated?");
    assertThatThrownBy(() -> DeclaredSource.parse("shop.yaml", SHOP + "  order.seen: {}\n"))
        .hasMessageEndingWith(
            "/events/order.seen needs rows or effects, or else as with another type");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "source: shop\nsource: shop\nevents: {}",
        "source: shop\nevents: {}\ntables: { a: { key: {id: text}, extra: true }, a: {} }",
        "- source",
        "source: [",
        "",
        "source: shop\nevents: {}\n---\nsource: other\nevents: {}",
      })
  void aFileThatIsNotOneMappingIsAMistake(String text) {
    assertThatThrownBy(() -> DeclaredSource.parse("shop.yaml", text))
        .isInstanceOf(SourceException.class)
        .hasMessageStartingWith("shop.yaml ");
  }

  @Test
  void expressionsHaveNoClockAndBoundedCost() {
    assertThatThrownBy(() -> Expression.compile("now()", Expression.Variable.OF_EVENTS))
        .hasMessageContaining("now");
    assertThatThrownBy(
            () -> Expression.compile("1" + " + 1".repeat(2_000), Expression.Variable.OF_EVENTS))
        .isInstanceOf(Exception.class);
    String nested =
        """
        {"id": "o-1", "status": "new", "lines": [%s]}
        """
            .formatted("1,".repeat(4_000) + "1");
    String text =
        SHOP.replace(
            "lines: size(payload.data.lines)",
            "lines: size(payload.data.lines.filter(a, payload.data.lines.all(b, b == a)))");
    EventSources costly = EventSources.of(List.of(DeclaredSource.parse("shop.yaml", text)));
    assertThatCode(
            () ->
                assertThat(
                        costly
                            .transform(costly.identify(event(order(nested.replace("lines", "ls")))))
                            .warnings())
                    .isEmpty())
        .doesNotThrowAnyException();
  }

  /** What an event with that body is found by, handled or not. */
  private static Map<String, String> keys(String about, String ofType, String body) {
    EventSources shop =
        EventSources.of(
            List.of(
                DeclaredSource.parse(
                    "shop.yaml",
                    """
                    source: shop
                    event: { id: body:/id, type: body:/type, version: { from: body:/v, otherwise: "1" } }
                    about: { %s }
                    tables: { orders: { key: { order_id: text }, groups: { state: { status: text } } } }
                    events:
                      paid:
                        about: { %s }
                        versions:
                          "1": { upcast: { set: { /order: payload.old_order } } }
                          "2": {}
                        rows: [{ table: orders, key: { order_id: '"o"' } }]
                      settled: { as: paid }
                    """
                        .formatted(about, ofType))));
    RawEvent event = shop.identify(event(body));
    TransformedEvent transformed = shop.transform(event);
    if (!transformed.handled()) {
      assertThat(shop.keysOf(event)).isEqualTo(transformed.keys());
    }
    return transformed.keys();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "paid    | 2 | \"order\":\"O-1\",\"customer\":17 | {customer=17, order=O-1, version=2}",
        "settled | 2 | \"order\":\"O-1\"                 | {order=O-1, version=2}",
        "paid    | 1 | \"old_order\":\"O-1\"             | {order=O-1, version=1}",
        "paid    | 2 | \"order\":null                    | {version=2}",
        "paid    | 2 | \"order\":{\"a\":1},\"customer\":[1]   | {version=2}",
        "shipped | 2 | \"order\":\"O-1\",\"customer\":true | {order=O-1}",
      })
  void eventsAreFoundByWhatTheFileSaysOfThemAllAndOfTheirType(
      String type, String version, String members, String expected) {
    assertThat(
            keys(
                "order: payload.order",
                "customer: payload.customer, version: event.version",
                "{\"id\":\"e\",\"type\":\"%s\",\"v\":\"%s\",%s}".formatted(type, version, members)))
        .hasToString(expected);
  }

  @Test
  void aKeyThatCannotBeWorkedOutCostsItselfAndIsWarnedOf() {
    EventSources shop =
        EventSources.of(
            List.of(
                DeclaredSource.parse(
                    "shop.yaml",
                    SHOP.replace(
                        "tables:\n",
                        "about: { broken: 'int(payload.id)', order: payload.data.id }\ntables:\n"))));
    TransformedEvent transformed = shop.transform(shop.identify(event(order("{\"id\":\"O-1\"}"))));
    assertThat(transformed.keys()).hasToString("{order=O-1}");
    assertThat(transformed.warnings())
        .extracting(warning -> warning.pointer())
        .contains("int(payload.id)");
  }

  @Test
  void aDeadLetterIsFoundByWhatItsBodyGives() {
    EventSources shop =
        EventSources.of(
            List.of(
                DeclaredSource.parse(
                    "shop.yaml",
                    SHOP.replace("tables:\n", "about: { live: payload.live }\ntables:\n"))));
    assertThat(shop.keysOf(event("{\"live\":false}"))).hasToString("{live=false}");
    for (String unreadable : List.of("", "{", "[]", "null", "7", "{\"live\":{}}")) {
      assertThat(shop.keysOf(event(unreadable))).as(unreadable).isEmpty();
    }
  }

  @Test
  void valuesThatAreNoKeysAreLeftOut() {
    assertThat(
            keys(
                "long: payload.long, nul: payload.nul, blank: payload.blank, fits: payload.fits",
                "",
                "{\"id\":\"e\",\"type\":\"paid\",\"v\":\"2\",\"long\":\"%s\",\"nul\":\"a\\u0000\",\"blank\":\" \",\"fits\":\" %s \"}"
                    .formatted("x".repeat(201), "y".repeat(200))))
        .isEqualTo(Map.of("fits", "y".repeat(200)));
  }
}
