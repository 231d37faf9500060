package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.local.LocalOptions;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.SharedSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An event of a schema version that the source's file does not know yet, in a whole system. */
class UnknownVersionIT {
  private static final String FIRST =
      """
      source: shop
      event:
        id: body:/id
        type: body:/type
        version: { from: attribute:schema }
      tables:
        shop_orders: { key: { order_id: text }, groups: { state: { total: numeric } } }
      events:
        order.updated:
          versions:
            "1.0": {}
          rows:
            - table: shop_orders
              key: { order_id: payload.id }
              set: { total: payload.amount }
      """;

  private static final String SECOND =
      FIRST
          .replace(
              "\"1.0\": {}",
              "\"1.0\": { upcast: { set: { /total: payload.amount }, remove: [/amount] } }\n"
                  + "      \"2.0\": {}")
          .replace("total: payload.amount }\n", "total: payload.total }\n");

  @TempDir Path folder;

  private ReachableSystem system;

  @Test
  void itIsADeadLetterAndReplayedOnceTheFileKnowsIt() throws Exception {
    Path file = Files.writeString(folder.resolve("shop.yaml"), FIRST);
    Path data = folder.resolve("data");
    try (LocalSystem first = LocalSystem.start(optionsOn(data, file), step -> {})) {
      system = new ReachableSystem(first.description());
      publish("old", "1.0", "amount");
      publish("new", "2.0", "total");
      awaitLedger("old|PROCESSED", "new|DEAD_LETTER");
      assertThat(system.sql("SELECT stage, error_class, error_message FROM event_dead_letters"))
          .containsExactly(
              "Validate|INVALID|the schema version is unknown in attribute:schema; known are 1.0");
    }

    Files.writeString(file, SECOND);
    try (LocalSystem second = LocalSystem.start(optionsOn(data, file), step -> {})) {
      system = new ReachableSystem(second.description());
      CommandRun replay =
          CommandRun.of("replay", "start", "--data", data.toString(), "--from", "dead-letters");
      assertThat(replay.err()).isEmpty();

      awaitLedger("old|PROCESSED", "new|PROCESSED");
      assertThat(system.sql("SELECT order_id, total FROM shop_orders ORDER BY 1"))
          .containsExactly("new|7.10", "old|7.10");
      assertThat(system.sql("SELECT status FROM event_dead_letters")).containsExactly("REPLAYED");
      List<String> rows = system.sql("SELECT to_jsonb(o) FROM shop_orders o ORDER BY order_id");

      CommandRun again =
          CommandRun.of(
              "replay",
              "start",
              "--data",
              data.toString(),
              "--from",
              "archive",
              "--replay-id",
              "again");
      assertThat(again.err()).startsWith("tidegate replay list calls it ").hasLineCount(1);
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          system.query(
                              "SELECT DISTINCT notification_id FROM event_outcomes"
                                  + " WHERE replay_id = 'again'"))
                      .containsExactlyInAnyOrder("old", "new"));
      assertThat(system.sql("SELECT to_jsonb(o) FROM shop_orders o ORDER BY order_id"))
          .as("a replay is of the same version, which covers the attribute")
          .isEqualTo(rows);
    }
  }

  private void publish(String id, String version, String member) throws Exception {
    // With white space, which the archive does not keep.
    String body = "{ \"id\":\"%s\", \"type\":\"order.updated\", \"%s\":7.10 }";
    system.publish(
        body.formatted(id, member).getBytes(UTF_8), Map.of("source", "shop", "schema", version));
  }

  private void awaitLedger(String... events) {
    await()
        .untilAsserted(
            () ->
                assertThat(system.sql("SELECT notification_id, status FROM events"))
                    .containsExactlyInAnyOrder(events));
  }

  private static LocalOptions optionsOn(Path data, Path sources) {
    LocalOptions plain = SharedSystem.optionsOn(data);
    return new LocalOptions(
        plain.dataFolder(),
        plain.ports(),
        plain.pubsub(),
        plain.database(),
        plain.archiveFolder(),
        plain.runner(),
        plain.parallelism(),
        plain.gatewayConfiguration(),
        List.of(sources.toString()),
        List.of());
  }
}
