package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
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
        .contains("no-such-source is no .yaml file, no folder with one, and no shipped source");
  }

  @Test
  void theGrammarIsPrintedForEditorsAndDescribesItsNames() throws Exception {
    JsonNode schema = Json.parse(CommandRun.of("sources", "schema").out().getBytes(UTF_8));
    for (JsonNode member : schema.path("properties")) {
      JsonNode described =
          member.has("$ref") ? schema.at(member.get("$ref").asText().substring(1)) : member;
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
}
