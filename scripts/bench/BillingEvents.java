import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Events of a payment provider: bodies of 2 to 5 KB, most of it that no column names. */
final class BillingEvents {
  private static final Instant RECEIVED = Instant.parse("2026-01-02T00:00:00Z");
  private static final long START = 1_767_000_000;
  private static final List<String> TYPES =
      List.of(
          "customer.updated",
          "customer.deleted",
          "invoice.updated",
          "invoice.paid",
          "payment.changed");

  private BillingEvents() {}

  /** {@code count} bodies; the same each time. */
  static List<byte[]> bodies(int count) {
    Random random = new Random(17);
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ObjectNode body = Json.mapper().createObjectNode();
      String type = TYPES.get(random.nextInt(TYPES.size()));
      body.put("id", "evt_%016x".formatted(random.nextLong())).put("object", "event");
      body.put("api_version", "2025-03-31").put("created", START + i);
      ObjectNode object = body.putObject("data").putObject("object");
      object.put("created", START - random.nextInt(1_000_000)).put("currency", "eur");
      switch (type.split("\\.")[0]) {
        case "customer" -> customer(object, random, count);
        case "invoice" -> invoice(object, random, count);
        default -> payment(object, random, count);
      }
      fill(object, random);
      body.put("livemode", true).put("pending_webhooks", 1).put("type", type);
      body.putObject("request").put("id", "req_" + i).putNull("idempotency_key");
      bodies.add(body.toString().getBytes(UTF_8));
    }
    return bodies;
  }

  /** Messages with these bodies, of which no step has seen any yet. */
  static List<RawEvent> messages(String tenant, List<byte[]> bodies) {
    List<RawEvent> messages = new ArrayList<>();
    for (byte[] body : bodies) {
      messages.add(
          RawEvent.builder()
              .tenantId(tenant)
              .source("billing")
              .messageId("m-" + messages.size())
              .publishTime(RECEIVED)
              .attributes(Map.of("tenant_id", tenant, "source", "billing"))
              .body(body)
              .build());
    }
    return messages;
  }

  private static String id(String prefix, Random random, int count) {
    return "%s_%012d".formatted(prefix, random.nextInt(Math.max(1, count / 5)));
  }

  private static void customer(ObjectNode object, Random random, int count) {
    object.put("id", id("cus", random, count)).put("object", "customer");
    object.put("email", "person%d@shop.example".formatted(random.nextInt(count)));
    object.put("name", "Person " + random.nextInt(count)).put("balance", random.nextInt(10_000));
    object.put("delinquent", random.nextBoolean());
    object
        .putObject("address")
        .put("city", "Ulm")
        .put("country", "DE")
        .put("line1", "Main Street " + random.nextInt(200))
        .putNull("line2");
  }

  private static void invoice(ObjectNode object, Random random, int count) {
    object.put("id", id("in", random, count)).put("object", "invoice");
    object.put("customer", id("cus", random, count));
    object.put("status", random.nextBoolean() ? "paid" : "open");
    object.put("amount_due", random.nextInt(100_000)).put("amount_paid", random.nextInt(100_000));
    if (random.nextBoolean()) {
      object.put("due_date", START + random.nextInt(1_000_000));
    } else {
      object.putNull("due_date");
    }
    ArrayNode lines = object.putObject("lines").put("object", "list").putArray("data");
    for (int line = 1 + random.nextInt(5); line > 0; line--) {
      ObjectNode item = lines.addObject();
      item.put("id", "il_" + line).put("description", "One seat, number " + line);
      item.put("quantity", 1 + random.nextInt(9)).put("amount", random.nextInt(10_000));
      item.putObject("price").put("id", "price_" + random.nextInt(9)).put("type", "recurring");
      item.putObject("period").put("start", START).put("end", START + 86_400L * line);
    }
  }

  private static void payment(ObjectNode object, Random random, int count) {
    object.put("id", id("pi", random, count)).put("object", "payment_intent");
    object.put("customer", id("cus", random, count)).put("amount", random.nextInt(100_000));
    object.put("status", "succeeded");
    if (random.nextBoolean()) {
      object.putObject("last_error").put("code", "declined").put("message", "The card was declined");
    } else {
      object.putNull("last_error");
    }
  }

  /** What no column names: a third in objects and lists. */
  private static void fill(ObjectNode object, Random random) {
    for (int i = 0; i < 12 + random.nextInt(8); i++) {
      object.put("setting_" + i, "%016x".formatted(random.nextLong()).repeat(1 + random.nextInt(4)));
    }
    for (int i = 0; i < 10; i++) {
      object.putNull("unused_" + i);
    }
    for (int i = 0; i < 4; i++) {
      ObjectNode nested = object.putObject("options_" + i);
      for (int j = 0; j < 5; j++) {
        nested.put("choice_" + j, j % 2 == 0).put("number_" + j, random.nextInt(1_000_000));
      }
    }
    ObjectNode metadata = object.putObject("metadata");
    metadata.put("order", Integer.toString(random.nextInt(1_000_000))).put("channel", "web");
  }
}
