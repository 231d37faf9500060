package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.RawEvent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DriftTest {
  private static final DeclaredSource SOURCE =
      DeclaredSource.parse(
          "shop.yaml",
          """
          source: shop
          event:
            id: body:/id
            type: body:/type
            time: { from: body:/at, as: unix-seconds }
            version: { from: body:/v, otherwise: "1.0" }
          tables:
            shop_orders:
              key: { order_id: text }
              groups: { state: { total: numeric, lines: bigint } }
              extra: true
            shop_lines:
              key: { order_id: text, line: bigint }
              groups: { state: { sku: text } }
          events:
            order.updated:
              versions:
                "1.0":
                  schema: { properties: { amount: { type: number } } }
                  upcast: { set: { /order/total: payload.amount }, remove: [/old] }
                "2.0":
                  schema:
                    properties:
                      order: { $ref: "#/$defs/order" }
                      codes: { items: { properties: { code: {} } } }
                      named: { additionalProperties: { type: string } }
                      whole: {}
                    $defs:
                      order: { allOf: [ { properties: { next: { $ref: "#/$defs/order" } } } ] }
              rows:
                - table: shop_orders
                  key: { order_id: payload.order.id }
                  set:
                    total: payload.order.total
                    lines: size(payload.order.lines.filter(line, line.open))
                  when: has(payload.order)
                  extra: payload.order
                - table: shop_lines
                  for_each: payload.order.parts
                  key: { order_id: payload.order.id, line: item.number }
                  set: { sku: 'item["s.k"]' }
            order.created: { as: order.updated }
          sagas:
            delivery:
              on:
                - event: order.sent
                  instance: payload.order.id
                  when: state.known && payload.by.carrier != ""
                  state: { parcel: payload.parcel }
                  tasks: [ { key: track, kind: track, payload: { code: payload.code } } ]
          """);

  private final Drift drift = new Drift(SOURCE);

  private void add(String body) {
    drift.add(
        RawEvent.builder()
            .tenantId("acme")
            .source("shop")
            .messageId("m")
            .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
            .attributes(Map.of())
            .body(body.replace('\'', '"').getBytes(UTF_8))
            .build());
  }

  private List<String> found() {
    return drift.fields().stream()
        .map(field -> field.pointer() + (field.isInExtra() ? " kept" : ""))
        .toList();
  }

  @Test
  void whatAnyVersionNamesOrAnExpressionReadsIsKnown() {
    add(
        "{'id':'1','type':'order.created','at':1,'v':'1.0','amount':1,'old':{'x':1},'named':{'n':1},"
            + "'whole':{'deep':1},'codes':[{'code':1}],'order':{'id':'o','total':2,"
            + "'lines':[{'open':true,'more':1}],'next':{'next':{}},"
            + "'parts':[{'number':1,'s.k':'A'}]}}");
    assertThat(found()).isEmpty();
  }

  @Test
  void whatNothingKnowsIsTold() {
    add(
        "{'id':'1','type':'order.created','at':9,'b':{'c':1},'codes':[{'d':1},{'d':2}],'order':{}}");
    add(
        "{'id':'2','type':'order.updated','at':5,'a/b':1,'codes':[{'d':1}],'order':{'id':'o','new':1,"
            + "'next':{'odd':1},'parts':[{'number':1,'extra':1}]}}");
    add("{'id':'3','type':'order.seen','at':5,'zzz':1}");
    add("{'id':'4'}");
    add("no");
    assertThat(found())
        .containsExactly(
            "/codes/*/d",
            "/a~1b",
            "/b",
            "/order/new kept",
            "/order/next/odd kept",
            "/order/parts/*/extra kept");
    Drift.Field codes = drift.fields().get(0);
    assertThat(codes.events()).isEqualTo(2);
    assertThat(codes.eventTypes()).containsExactly("order.created", "order.updated");
    assertThat(codes.first()).isEqualTo(Instant.ofEpochSecond(5));
    assertThat(codes.last()).isEqualTo(Instant.ofEpochSecond(9));
    assertThat(codes.eventId()).isEqualTo("1");
    assertThat(codes.value()).isEqualTo("1");
    assertThat(drift.events()).isEqualTo(5);
    assertThat(drift.unhandled()).isEqualTo(1);
    assertThat(drift.unreadable()).isEqualTo(2);
  }

  @Test
  void namesThatAreDataDoNotFillTheMemory() {
    StringBuilder members = new StringBuilder();
    for (int i = 0; i < 2_000; i++) {
      members.append(",'n").append(i).append("':1");
    }
    add("{'id':'1','type':'order.created','at':9" + members + "}");
    assertThat(drift.fields()).hasSize(1_000);
    assertThat(drift.others()).isEqualTo(1_000);
  }

  @Test
  void whatASagaReadsIsKnown() {
    add(
        """
        {'id': 'e-1', 'type': 'order.sent', 'at': 1772400000, 'v': '2.0', 'code': 'x',
         'parcel': {'weight': 1}, 'by': {'carrier': 'c', 'van': 7}, 'order': {'id': 'o'}}
        """);
    assertThat(drift.unhandled()).isZero();
    assertThat(drift.fields()).extracting(Drift.Field::pointer).containsExactly("/by/van");
  }

  @Test
  void whatEventsAreFoundByIsKnown() {
    Drift found =
        new Drift(
            DeclaredSource.parse(
                "shop.yaml",
                """
                source: shop
                event: { id: body:/id, type: body:/type }
                about: { order: payload.order.id }
                tables: { orders: { key: { order_id: text }, groups: { state: { note: text } } } }
                events:
                  paid:
                    about: { customer: payload.customer }
                    rows: [{ table: orders, key: { order_id: payload.id } }]
                """));
    found.add(
        RawEvent.builder()
            .tenantId("acme")
            .source("shop")
            .messageId("m")
            .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
            .attributes(Map.of())
            .body(
                "{\"id\":\"1\",\"type\":\"paid\",\"order\":{\"id\":1,\"n\":2},\"customer\":3}"
                    .getBytes(UTF_8))
            .build());
    assertThat(found.fields()).extracting(field -> field.pointer()).containsExactly("/order/n");
  }
}
