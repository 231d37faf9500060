package dev.tidegate.transforms.convergence;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Promise 2 of DESIGN.md over a declared source, whose tables are made as it declares them. */
class DeclaredConvergenceIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  private static final int CASES = 120;
  private static final int MOST_EVENTS = 9;

  private static final EventSources SOURCES =
      EventSources.of(
          List.of(
              DeclaredSource.parse(
                  "shop.yaml",
                  """
                  source: shop
                  event:
                    id: body:/id
                    type: body:/type
                    time: { from: body:/at, as: unix-seconds }
                    version: { from: body:/version, otherwise: "1.0" }
                  tables:
                    shop_orders:
                      key: { order_id: text }
                      groups:
                        state: { status: text, total: numeric, paid: boolean }
                        customer: { email: text, country: text }
                      extra: true
                    shop_lines:
                      key: { order_id: text, line: bigint }
                      groups: { line: { sku: text, quantity: bigint } }
                  events:
                    order.changed:
                      versions:
                        "1.0":
                          upcast:
                            set:
                              /order/total: payload.order.amount
                              /order/customer/email: payload.order.email
                            remove: [/order/amount, /order/email]
                        "2.0":
                          schema: { properties: { order: { not: { required: [amount] } } } }
                      rows:
                        - table: shop_orders
                          key: { order_id: payload.order.id }
                          set:
                            status: payload.order.status
                            total: payload.order.total
                            paid: payload.order.status == "paid"
                            email: payload.order.customer.email
                            country: payload.order.customer.country
                          when: payload.order.?status.orValue("") != "draft"
                          extra: payload.order
                        - table: shop_lines
                          for_each: payload.order.lines
                          key: { order_id: payload.order.id, line: item.line }
                          set: { sku: item.sku, quantity: item.quantity }
                  """)));

  @BeforeAll
  static void makeTables() throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
        Connection connection = pool.connection()) {
      for (String statement : DatabaseSchema.additions(connection, SOURCES.tables())) {
        connection.createStatement().execute(statement);
      }
      connection.commit();
      assertThat(DatabaseSchema.additions(connection, SOURCES.tables())).isEmpty();
      assertThat(DatabaseSchema.mismatches(connection, SOURCES.tables())).isEmpty();
    }
  }

  @Test
  void tablesAreAFunctionOfTheSetOfEvents() throws SQLException {
    Random random = new Random(17);
    try (ConvergenceCheck check = new ConvergenceCheck(DATABASE, SOURCES, "shop")) {
      for (int i = 0; i < CASES; i++) {
        List<Message> messages = messages(random);
        check.assertConverges(messages, DeliveryOrder.several(messages));
      }
      System.out.println("Convergence of a declared source: " + check.counts());
      assertThat(check.counts().rows).isGreaterThan(CASES);
      assertThat(check.counts().rejected).as("of a version that nobody knows").isPositive();
    }
  }

  private static List<Message> messages(Random random) {
    List<Message> messages = new ArrayList<>();
    int count = 2 + random.nextInt(MOST_EVENTS - 1);
    for (int i = 0; i < count; i++) {
      ObjectNode body = Json.mapper().createObjectNode();
      body.put("id", "e-" + i);
      body.put("type", random.nextInt(20) == 0 ? "order.seen" : "order.changed");
      if (random.nextInt(8) > 0) {
        // So few times that many are equal.
        body.put("at", 1_700_000_000 + random.nextInt(4));
      }
      ObjectNode order = order(random);
      switch (random.nextInt(12)) {
        case 0, 1 -> asVersionOne(order);
        case 2, 3, 4 -> {
          asVersionOne(order);
          body.put("version", "1.0");
        }
        case 5 -> body.put("version", "3.0");
        default -> body.put("version", "2.0");
      }
      body.set("order", order);
      messages.add(new Message("e-" + i, body.toString()));
    }
    return messages;
  }

  /** As the order was written before the schema changed. */
  private static void asVersionOne(ObjectNode order) {
    if (order.has("total")) {
      order.set("amount", order.remove("total"));
    }
    if (order.path("customer").has("email")) {
      order.set("email", ((ObjectNode) order.get("customer")).remove("email"));
    }
  }

  private static ObjectNode order(Random random) {
    ObjectNode order = Json.mapper().createObjectNode();
    order.put("id", "o-" + random.nextInt(2));
    maybe(random, order, "status", List.of("new", "paid", "draft"));
    maybe(random, order, "total", List.of("12.50", "99", "not a number"));
    maybe(random, order, "note", List.of("gift", "fragile"));
    maybe(random, order, "source", List.of("web", "app"));
    if (random.nextBoolean()) {
      ObjectNode customer = order.putObject("customer");
      maybe(random, customer, "email", List.of("a@example.com", "b@example.com"));
      maybe(random, customer, "country", List.of("DE", "FR"));
    }
    if (random.nextInt(3) == 0) {
      ArrayNode lines = order.putArray("lines");
      for (int i = random.nextInt(4); i > 0; i--) {
        ObjectNode line = lines.addObject();
        line.put("line", random.nextInt(2));
        maybe(random, line, "sku", List.of("A", "B"));
        maybe(random, line, "quantity", List.of("1", "2"));
      }
    }
    return order;
  }

  /** A value, null, or nothing. */
  private static void maybe(Random random, ObjectNode object, String name, List<String> values) {
    int choice = random.nextInt(values.size() + 2);
    if (choice < values.size()) {
      object.put(name, values.get(choice));
    } else if (choice == values.size()) {
      object.putNull(name);
    }
  }
}
