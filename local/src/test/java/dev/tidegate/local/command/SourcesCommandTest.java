package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesCommandTest {
  private static final String SHOP =
      """
      source: shop
      event: { id: body:/id, type: body:/type, time: { from: body:/at, as: unix-seconds } }
      tables:
        shop_orders:
          key: { order_id: text }
          groups: { state: { status: text, total: numeric } }
      events:
        order.updated:
          rows:
            - table: shop_orders
              key: { order_id: payload.order.id }
              set: { status: payload.order.status, total: payload.order.total }
      """;

  @TempDir Path folder;

  @Test
  void filesAreCheckedAndMistakesHaveTheirLines() throws IOException {
    Path shop = Files.writeString(folder.resolve("shop.yaml"), SHOP);
    assertThat(CommandRun.of("sources", "check", shop.toString()).out())
        .isEqualTo("shop: 1 tables, 1 event types\n");

    Files.writeString(shop, SHOP.replace("payload.order.total", "payload.order.total >"));
    Files.writeString(folder.resolve("other.yaml"), "sorce: other\nevents: {}\n");
    CommandRun run = CommandRun.of("sources", "check", folder.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("other.yaml:1: / needs source")
        .contains("other.yaml:1: /sorce is not known; did you mean source?")
        .contains("shop.yaml:12: /events/order.updated/rows/0/set/total column 22:");
    assertThat(CommandRun.of("sources", "check", "no-such-source").err())
        .contains("no-such-source is not a .yaml file, a folder with one, or a shipped source");
  }

  @Test
  void theGrammarIsPrintedForEditorsAndDescribesItsNames() throws Exception {
    JsonNode schema = Json.parse(CommandRun.of("sources", "schema").out().getBytes(UTF_8));
    for (JsonNode member : schema.path("properties")) {
      JsonNode described =
          member.has("$ref") && !member.has("description")
              ? schema.at(member.get("$ref").asText().substring(1))
              : member;
      assertThat(described.path("description").asText()).as("%s", member).isNotBlank();
    }
    assertThat(schema.at("/properties/source/description").asText()).isNotBlank();
  }

  @Test
  void shippedSourcesHaveNoMistakes() {
    CommandRun run = CommandRun.of("sources", "check", "stripe");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("stripe: 5 tables, ");
  }

  @Test
  void aSourceIsComparedWithWhatItWas() throws IOException {
    String versioned =
        SHOP.replace(
                "    rows:",
                """
                versions:
                  "1.0":
                    schema: { required: [order] }
                  "2.0":
                    schema: { properties: { order: { properties: { status: { enum: [new, paid] } } } } }
                rows:\
            """)
            .replace(
                "unix-seconds } }",
                "unix-seconds }, version: { from: body:/v, otherwise: '1.0' } }");
    Path old = Files.writeString(folder.resolve("old.yaml"), versioned);
    Path changed =
        Files.writeString(
            folder.resolve("new.yaml"),
            versioned
                .replace("[new, paid]", "[paid]")
                .replace("required: [order]", "required: [order, note]")
                .replace("total: numeric", "total: text")
                .replace("otherwise: '1.0'", "otherwise: '2.0'"));

    CommandRun same = CommandRun.of("sources", "compat", old.toString(), old.toString());
    assertThat(same.err()).isEmpty();
    assertThat(same.exitCode()).isZero();
    assertThat(same.out()).isEqualTo("Compatible: what was taken is taken.\n");

    CommandRun run = CommandRun.of("sources", "compat", old.toString(), changed.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out().lines())
        .containsExactly(
            "breaking     /tables/shop_orders/groups/state/total was numeric and is text",
            "breaking     /event/version/otherwise changed: events of /events/order.updated that"
                + " name no version had another one",
            "breaking     /events/order.updated/versions/1.0/schema /note became required",
            "breaking     /events/order.updated/versions/2.0/schema /order/status no longer takes"
                + " \"new\"",
            "Not compatible: 4 breaking, 0 cannot be told.",
            "A schema: keep it as it was under versions, and add a new version with an upcast that"
                + " leads to it.",
            "A table: give the changed one another name, and fill it by replay.");

    Files.writeString(changed, versioned.replace("\"1.0\":", "\"1.1\":").replace("'1.0'", "'1.1'"));
    assertThat(CommandRun.of("sources", "compat", old.toString(), changed.toString()).out())
        .contains(
            "breaking     /events/order.updated/versions/1.0 was removed: its events are dead");
    Files.writeString(
        changed,
        SHOP.replace("order.updated", "order.changed")
            .replace("shop_orders", "orders")
            .replace("source: shop", "source: store"));
    assertThat(CommandRun.of("sources", "compat", old.toString(), changed.toString()).out())
        .contains(
            "breaking     /source was renamed",
            "breaking     /event/version/from is read from another place",
            "breaking     /tables/shop_orders was removed",
            "breaking     /events/order.updated was removed");
  }

  @Test
  void aVersionWithAnUpcastIsACompatibleChange() throws IOException {
    Path old = Files.writeString(folder.resolve("old.yaml"), SHOP);
    Path versioned =
        Files.writeString(
            folder.resolve("new.yaml"),
            SHOP.replace(
                    "    rows:",
                    """
                        versions:
                          "1.0": { upcast: { set: { /order/total: payload.order.amount } } }
                          "2.0": { schema: { required: [order] } }
                        rows:\
                    """)
                .replace("order.total }", "order.total }\n  order.seen: { as: order.updated }")
                .replace(
                    "unix-seconds } }",
                    "unix-seconds }, version: { from: body:/v, otherwise: '1.0' } }"));
    CommandRun run = CommandRun.of("sources", "compat", old.toString(), versioned.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("Compatible");

    Files.writeString(versioned, Files.readString(versioned).replace(", otherwise: '1.0'", ""));
    assertThat(CommandRun.of("sources", "compat", old.toString(), versioned.toString()).out())
        .startsWith(
            "breaking     /event/version/otherwise is not a version of"
                + " /events/order.updated: events that name no version are dead letters");
  }

  @Test
  void schemasAreComparedToo() throws IOException {
    Path old = Files.writeString(folder.resolve("old.json"), "{\"required\":[\"a\"]}");
    Path changed = Files.writeString(folder.resolve("new.json"), "{\"required\":[\"a\",\"b\"]}");
    CommandRun run = CommandRun.of("sources", "compat", old.toString(), changed.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).startsWith("breaking     /b became required\n");
    assertThat(CommandRun.of("sources", "compat", changed.toString(), old.toString()).exitCode())
        .isZero();
    assertThat(CommandRun.of("sources", "compat", old.toString(), "stripe").err())
        .contains("Compare two sources, or two JSON Schemas");
    assertThat(
            CommandRun.of("sources", "compat", "stripe", "stripe", "--type", "invoice.create")
                .err())
        .contains(
            "invoice.create is not a type of the older source; did you mean invoice.created?");
  }

  /** The page's example is checked, and takes events of both versions. */
  @Test
  void theVersionsOfThePageAreRead() throws IOException {
    String page = Files.readString(Repository.ROOT.resolve("docs/sources.md"));
    String source = page.substring(page.indexOf("source: parcels"));
    Path parcels =
        Files.writeString(
            folder.resolve("parcels.yaml"), source.substring(0, source.indexOf("```")));
    Path events =
        Files.writeString(
            folder.resolve("events.ndjson"),
            """
            {"id":"e1","type":"parcel.sent","parcel":{"id":"p1","amount":7.10}}
            {"id":"e2","type":"parcel.sent","version":2.0,"parcel":{"id":"p2","price":{"total":8,"currency":"USD"}}}
            {"id":"e3","type":"parcel.sent","version":"3.0","parcel":{}}
            """);
    assertThat(
            CommandRun.of("sources", "try", parcels.toString(), "--with", events.toString()).out())
        .isEqualTo(
            """
            event 1  parcel.sent
              parcels [p1]  {"currency":"EUR","total":"7.10"}
            event 2  parcel.sent
              parcels [p2]  {"currency":"USD","total":"8"}
            event 3  INVALID: the schema version is unknown in body:/version; known are 1.0, 2.0
            3 events: 2 rows, 0 without rows declared for their type, 1 would fail
            """);
  }

  @Test
  void eventsAreTriedWithoutWritingAnything() throws IOException {
    Path shop = Files.writeString(folder.resolve("shop.yaml"), SHOP);
    Path events =
        Files.writeString(
            folder.resolve("events.ndjson"),
            """
            {"id":"e1","type":"order.updated","at":1795000000,"order":{"id":"o1","status":"paid"}}
            {"id":"e2","type":"order.updated","at":1795000000,"order":{"id":"o2","total":"much"}}
            {"id":"e3","type":"order.updated","at":"soon","order":{"id":"o3"}}
            {"id":"e4","type":"order.seen"}
            not json
            """);
    CommandRun run = CommandRun.of("sources", "try", shop.toString(), "--with", events.toString());
    assertThat(run.out())
        .isEqualTo(
            """
            event 1  order.updated
              shop_orders [o1]  {"status":"paid"}
            event 2  order.updated
              shop_orders [o2]  {}
              left out: shop_orders.total must be a number
            event 3  UNDECODABLE: body:/at must be seconds since 1970, within years 1 to 9999
            event 4  order.seen  no rows are declared for this type
            event 5  UNDECODABLE: the body is not JSON: line 1, column 5
            5 events: 2 rows, 1 without rows declared for their type, 2 would fail
            """);
    assertThat(run.exitCode()).isEqualTo(1);
  }

  private static final String CAUSING =
      SHOP.replace(
              "events:\n",
              """
              views:
                shop_totals: { from: shop_orders, group_by: [status], columns: { total: sum(total) } }
              events:
              """)
          + """
              emit: [ { type: order.paid, key: paid, when: payload.order.status == "paid", aggregate: payload.order.id } ]
              tasks:
                - { kind: pack, priority: 7, due: event.time + duration("48h"), payload: { order: payload.order.id } }
              notify: [ { template: seen, for_each: payload.order.readers, recipient: item } ]
          """;

  @Test
  void effectsAreCountedAndShown() throws IOException {
    Path shop = Files.writeString(folder.resolve("shop.yaml"), CAUSING);
    CommandRun check = CommandRun.of("sources", "check", shop.toString());
    assertThat(check.err()).isEmpty();
    assertThat(check.out())
        .isEqualTo(
            "shop: 1 tables, 1 event types, 1 views, 1 follow-up events, 1 tasks, 1 notices\n");

    Path events =
        Files.writeString(
            folder.resolve("events.ndjson"),
            """
            {"id":"e1","type":"order.updated","at":1795000000,"order":{"id":"o1","status":"paid","readers":["a"]}}
            {"id":"e2","type":"order.updated","at":1795000000,"order":{"id":"o2","readers":["b",[]]}}
            """);
    assertThat(CommandRun.of("sources", "try", shop.toString(), "--with", events.toString()).out())
        .isEqualTo(
            """
            event 1  order.updated
              shop_orders [o1]  {"status":"paid"}
              follow-up event order.paid [paid]  {"aggregate":"o1","payload":{}}
              task pack [tasks/0]  {"priority":7,"due_at":"2026-11-20T11:06:40Z","payload":{"order":"o1"}}
              notice seen [notify/0/0]  {"recipient":"a","payload":{}}
            event 2  INVALID: item must be text
            2 events: 1 rows, 3 effects, 0 without rows declared for their type, 1 would fail
            """);
  }

  @Test
  void whatIsNoLongerCausedOrShownIsNotCompatible() throws IOException {
    Path old = Files.writeString(folder.resolve("old.yaml"), CAUSING);
    Path changed =
        Files.writeString(
            folder.resolve("new.yaml"),
            CAUSING
                .replace("sum(total)", "max(total)")
                .replace("order.paid, key", "order.settled, key")
                .replace("kind: pack", "kind: wrap")
                .replace("template: seen", "template: noticed"));
    assertThat(CommandRun.of("sources", "compat", old.toString(), changed.toString()).out().lines())
        .contains(
            "breaking     /views/shop_totals/columns/total was sum(total) and is max(total)",
            "breaking     /events/order.updated no longer emits order.paid",
            "breaking     /events/order.updated no longer makes the task pack",
            "breaking     /events/order.updated no longer notifies by seen");
    Files.writeString(
        changed,
        CAUSING.replace("[status]", "[order_id]").replace("total: sum(total)", "n: count()"));
    assertThat(CommandRun.of("sources", "compat", old.toString(), changed.toString()).out().lines())
        .contains(
            "breaking     /views/shop_totals/group_by has other columns",
            "breaking     /views/shop_totals/columns/total was removed");
    assertThat(CommandRun.of("sources", "compat", old.toString(), old.toString()).exitCode())
        .isZero();
    Files.writeString(changed, SHOP);
    assertThat(CommandRun.of("sources", "compat", old.toString(), changed.toString()).out())
        .contains("breaking     /views/shop_totals was removed");
  }

  @Test
  void theEffectsOfThePageAreShown() throws IOException {
    String page = Files.readString(Repository.ROOT.resolve("docs/sources.md"));
    String section = page.substring(page.indexOf("## Effects"), page.indexOf("## Views"));
    String[] blocks = section.split("```\\w*\n");
    Path orders = Files.writeString(folder.resolve("orders.yaml"), blocks[1]);
    Path event = Files.writeString(folder.resolve("event.json"), blocks[3]);
    CommandRun run = CommandRun.of("sources", "try", orders.toString(), "--with", event.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(blocks[5]);
  }
}
