package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventSources;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaVersionsTest {
  private static final String SHOP =
      """
      source: shop
      event:
        id: body:/id
        type: body:/type
        version: { from: body:/version, otherwise: "1.0" }
      tables:
        orders:
          key: { order_id: text }
          groups:
            state: { total: numeric, currency: text, half: numeric, came_in: text }
            notes: { note: text, first_sku: text, place: jsonb }
          extra: true
      events:
        order.updated:
          versions:
            "1.0":
              schema: { properties: { order: { required: [amount] } } }
              upcast:
                set:
                  /order/total: payload.order.amount
                  /order/money/currency: payload.order.currency
                  /order/half: payload.order.count / 2
                remove: [/order/amount, /order/currency, /order/none]
            "2.0":
              schema: { properties: { order: { required: [total] } } }
              upcast:
                set:
                  /purchase: payload.order
                  /purchase/lines/0/sku: payload.order.first
                  /purchase/lines/7/sku: payload.order.first
                  /note: payload.hint
                remove: [/order, /hint]
            "2.10":
              schema: { required: [purchase] }
          rows:
            - table: orders
              key: { order_id: payload.purchase.id }
              set:
                total: payload.purchase.total
                currency: payload.purchase.money.currency
                half: payload.purchase.half
                came_in: event.version
                note: payload.note
                first_sku: payload.purchase.lines[0].sku
                place: payload.purchase.place
              extra: payload.purchase
        order.created: { as: order.updated }
      """;

  private final EventSources sources = sources(SHOP);

  private static EventSources sources(String text) {
    return EventSources.of(List.of(DeclaredSource.parse("shop.yaml", text)));
  }

  private static RawEvent event(String body, Map<String, String> attributes) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("shop")
        .messageId("m-1")
        .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
        .attributes(attributes)
        .body(body.getBytes(UTF_8))
        .build();
  }

  private static Upsert row(EventSources sources, String body) {
    RawEvent identified = sources.identify(event(body, Map.of()));
    String before = json(identified);
    sources.validate(identified);
    Upsert row = sources.transform(identified).upserts().get(0);
    assertThat(json(identified)).as("what the archive and the ledger keep").isEqualTo(before);
    assertThat(new String(identified.body(), UTF_8)).isEqualTo(body);
    return row;
  }

  private static String json(RawEvent event) {
    try {
      return event.json().toString();
    } catch (Exception noJson) {
      throw new AssertionError(noJson);
    }
  }

  private static String order(String version, String members) {
    return "{\"id\":\"e\",\"type\":\"order.created\"" + version + "," + members + "}";
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"version\":null", ",\"version\":\"1.0\"", ",\"version\":1.0"})
  void anOldEventIsLedVersionByVersionToTheNewest(String version) {
    Upsert row =
        row(
            sources,
            order(
                version,
                """
                "hint": "gift", "order": {"id": "o-1", "amount": 12345678901234567890.120, "count": 7,
                 "currency": "EUR", "place": {"x": 1.50, "y": 12345678901234567890},
                 "lines": [{}], "first": "A", "other": 3.140}
                """));

    assertThat(row.key()).containsExactly("acme", "o-1");
    assertThat(row.columns())
        .as("what no step calculates keeps all its digits")
        .containsEntry("total", "12345678901234567890.120")
        .containsEntry("place", "{\"x\":1.50,\"y\":12345678901234567890}")
        .containsEntry("extra/other", "3.140")
        .containsEntry("currency", "EUR")
        .containsEntry("half", "3")
        .containsEntry("came_in", "1.0")
        .containsEntry("note", "gift")
        .as("items of a list are set where there are some")
        .containsEntry("first_sku", "A")
        .doesNotContainKeys("extra/amount", "extra/currency");
  }

  @Test
  void anEventOfTheNewestVersionIsReadAsItIs() {
    String body = order(",\"version\":2.10", "\"purchase\":{\"id\":\"o-1\",\"amount\":1}");
    assertThat(row(sources, body).columns())
        .containsEntry("came_in", "2.10")
        .containsEntry("extra/amount", "1")
        .doesNotContainKey("total");
  }

  @Test
  void whatAnOldEventDoesNotHaveStaysMissing() {
    assertThat(row(sources, order("", "\"order\":{\"id\":\"o-1\",\"amount\":null}")).columns())
        .containsEntry("total", null)
        .containsKey("came_in")
        .doesNotContainKeys("currency", "note", "first_sku", "place", "half");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`,'version':'3.0'`|'order':{}|"
            + "the schema version is unknown in body:/version; known are 1.0, 2.0, 2.10",
        "`,'version':2`|'order':{}|"
            + "the schema version is unknown in body:/version; known are 1.0, 2.0, 2.10",
        "`,'version':2.1`|'order':{}|"
            + "the schema version is unknown in body:/version; known are 1.0, 2.0, 2.10",
        "`,'version':['1.0']`|'order':{}|"
            + "the schema version is unknown in body:/version; known are 1.0, 2.0, 2.10",
        "`,'version':''`|'order':{}|"
            + "the schema version is unknown in body:/version; known are 1.0, 2.0, 2.10",
        "``|'order':{}| schema version 1.0: /order: required amount",
        "`,'version':'2.0'`|'order':{}| schema version 2.0: /order: required total",
        "`,'version':'2.10'`|'order':{}| : required purchase",
        "``|'order':{'id':'o','amount':1,'count':'secret'}|"
            + "upcast of schema version 1.0: /order/half: payload.order.count / 2:"
            + " does not take values of these types",
        "``|'order':{'id':'o','amount':1,'money':'secret','currency':'EUR'}|"
            + "upcast of schema version 1.0: /order/money/currency:"
            + " stands within what is neither an object nor a list",
      })
  void whatCannotBeLedIsADeadLetterWithItsVersionPlaceAndRule(
      String version, String members, String message) {
    RawEvent raw = sources.identify(event(order(version, members).replace('\'', '"'), Map.of()));
    assertThatThrownBy(() -> sources.validate(raw))
        .isInstanceOfSatisfying(
            PermanentFailureException.class,
            failure -> assertThat(failure.errorClass()).isEqualTo(ErrorClass.INVALID))
        .hasMessage(message.strip());
  }

  @Test
  void anEventThatSaysNoVersionIsADeadLetterUnlessTheFileSaysOtherwise() {
    EventSources strict = sources(SHOP.replace(", otherwise: \"1.0\"", ""));
    RawEvent raw = strict.identify(event(order("", "\"order\":{}"), Map.of()));
    assertThatThrownBy(() -> strict.validate(raw))
        .hasMessage("there is no schema version in body:/version; known are 1.0, 2.0, 2.10");
    assertThat(
            row(
                    sources(SHOP.replace("otherwise: \"1.0\"", "otherwise: 2.10")),
                    order("", "\"purchase\":{\"id\":\"o\"}"))
                .columns())
        .as("a number counts as it is written")
        .containsEntry("came_in", "2.10");
  }

  /** Two messages with one body and another version are two contents. */
  @Test
  void theVersionOfAnEventCoversASchemaVersionFromAnAttribute() {
    EventSources attributed = sources(SHOP.replace("body:/version", "attribute:schema"));
    String body = order("", "\"order\":{\"id\":\"o\",\"amount\":1},\"purchase\":{\"id\":\"p\"}");
    RawEvent silent = attributed.identify(event(body, Map.of()));
    RawEvent old = attributed.identify(event(body, Map.of("schema", "1.0", "trace", "t")));
    RawEvent newest = attributed.identify(event(body, Map.of("schema", "2.10")));

    assertThat(List.of(silent.contentSha256(), old.contentSha256(), newest.contentSha256()))
        .doesNotHaveDuplicates();
    assertThat(attributed.decode(old).version()).isNotEqualTo(attributed.decode(newest).version());
    assertThat(attributed.identify(event(body, Map.of("schema", "1.0"))).contentSha256())
        .as("no other attribute counts")
        .isEqualTo(old.contentSha256());
    assertThat(attributed.transform(old).upserts().get(0).key()).containsExactly("acme", "o");
    assertThat(attributed.transform(newest).upserts().get(0).key()).containsExactly("acme", "p");
    assertThat(sources.identify(event(body, Map.of("schema", "1.0"))).contentSha256())
        .as("where the body says it, the body's hash covers it")
        .isEqualTo(sources.identify(event(body, Map.of())).bodySha256());

    RawEvent unknown = attributed.identify(event(body, Map.of("schema", "x".repeat(1_000))));
    assertThatThrownBy(() -> attributed.validate(unknown))
        .hasMessageStartingWith("the schema version is unknown in attribute:schema");
  }

  @Test
  void whatAStepMakesOfOnePartIsNotTheOtherPart() {
    EventSources twice =
        sources(
            """
            source: shop
            event: { id: body:/id, type: body:/type, version: { from: body:/v } }
            tables:
              copies: { key: { id: text }, groups: { all: { a: jsonb, b: jsonb, c: jsonb } } }
            events:
              seen:
                versions:
                  "1": { upcast: { set: { /a: payload.part, /b: payload.part, /a/x: "1" } } }
                  "2": {}
                rows:
                  - table: copies
                    key: { id: payload.id }
                    set: { a: payload.a, b: payload.b, c: payload.part }
            """);
    Upsert row = row(twice, "{\"id\":\"i\",\"type\":\"seen\",\"v\":1,\"part\":{\"x\":0.10}}");
    assertThat(row.columns())
        .containsEntry("a", "{\"x\":1}")
        .containsEntry("b", "{\"x\":0.10}")
        .containsEntry("c", "{\"x\":0.10}");
  }

  @Test
  void typesWithoutVersionsTakeEventsOfAnyVersion() {
    EventSources any =
        sources(
            """
            source: shop
            event: { id: body:/id, type: body:/type, version: { from: body:/v } }
            tables: { seen: { key: { id: text }, groups: { state: { v: text } } } }
            events:
              seen: { rows: [ { table: seen, key: { id: payload.id }, set: { v: event.version } } ] }
            """);
    assertThat(row(any, "{\"id\":\"i\",\"type\":\"seen\",\"v\":\"9\"}").columns())
        .containsEntry("v", "9");
    assertThat(row(any, "{\"id\":\"i\",\"type\":\"seen\"}").columns()).isEmpty();
  }

  @Test
  void versionsTravelWithTheirSourceAndAreReadOnce() {
    RawEvent raw =
        sources.identify(event(order("", "\"order\":{\"id\":\"o\",\"amount\":1}"), Map.of()));
    Event event = sources.validate(raw).withoutEnvelope();
    DeclaredHandler handler =
        (DeclaredHandler) sources.named("shop").handlerOf("order.created").orElseThrow();
    assertThat(handler.versions().read(event)).isSameAs(handler.versions().read(event));
  }

  @Test
  void mistakesOfVersionsHaveTheirLines() {
    assertThatThrownBy(
            () ->
                DeclaredSource.parse(
                    "shop.yaml",
                    """
                    source: shop
                    event:
                      version: { from: body:/v, otherwise: "1.O" }
                    tables:
                      orders: { key: { id: text }, extra: true }
                    events:
                      a:
                        schema: { type: object }
                        versions:
                          "1.0":
                            schema: { $ref: other.json }
                            upcast:
                              set:
                                order: payload.a
                                /b: itm.a
                              remove: [c]
                          "2.0":
                            schema: { required: [id] }
                            upcast: {}
                        rows: [ { table: orders, key: { id: payload.id } } ]
                      b: { as: a, versions: { "1.0": {} } }
                    """))
        .hasMessage(
            """
            shop.yaml:3: /event/version/otherwise is not a version of any type; did you mean 1.0?
            shop.yaml:8: /events/a/schema is not that of the newest version, 2.0
            shop.yaml:11: /events/a/versions/1.0/schema is not a JSON Schema, refers to another file or to itself without end, or has a pattern that RE2 does not take
            shop.yaml:14: /events/a/versions/1.0/upcast/set/order must be a JSON pointer, as in /order/total
            shop.yaml:15: /events/a/versions/1.0/upcast/set/~1b column 1: undeclared reference to 'itm' (in container '')
            shop.yaml:16: /events/a/versions/1.0/upcast/remove/0 must be a JSON pointer, as in /order/total
            shop.yaml:19: /events/a/versions/2.0/upcast leads nowhere: this version is the newest
            shop.yaml:21: /events/b/versions are those of a, which as names"""
                .strip());
    assertThatThrownBy(
            () ->
                DeclaredSource.parse(
                    "shop.yaml",
                    """
                    source: shop
                    event: { version: { form: body:/v, from: body:/v } }
                    tables:
                      orders: { key: { id: text }, extra: true }
                    events:
                      a:
                        versions: { "1.0": { upcasts: {} }, "2.0": { upcast: { sets: {} } } }
                        rows: [ { table: orders, key: { id: payload.id } } ]
                    """))
        .hasMessage(
            """
            shop.yaml:2: /event/version/form is not known; did you mean from?
            shop.yaml:7: /events/a/versions/1.0/upcasts is not known; did you mean upcast?
            shop.yaml:7: /events/a/versions/2.0/upcast/sets is not known; did you mean set?"""
                .strip());
    assertThatThrownBy(
            () ->
                DeclaredSource.parse(
                    "shop.yaml",
                    """
                    source: shop
                    tables:
                      orders: { key: { id: text }, extra: true }
                    events:
                      a:
                        versions: { "1.0": {} }
                        rows: [ { table: orders, key: { id: payload.id } } ]
                    """))
        .hasMessage("shop.yaml:6: /events/a/versions needs event.version, which says where it is");
  }
}
