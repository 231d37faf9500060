package dev.tidegate.transforms.convergence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.handlers.declared.ShippedSamples;
import dev.tidegate.transforms.handlers.declared.ShippedSamples.Sample;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.DatabaseViews;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Promise 2 of docs/design.md over a declared source, whose tables are made as it declares them.
 */
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

  /** Where a sample says a time, so few others that many are equal. */
  private static final long FIRST_TIME = 1_772_400_000;

  private static final List<DeclaredSource> SHIPPED = ShippedSamples.sources();

  @BeforeAll
  static void makeTables() throws SQLException {
    EventSources all = SOURCES.and(SHIPPED);
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
        Connection connection = pool.connection()) {
      for (String statement : DatabaseSchema.additions(connection, all.tables())) {
        connection.createStatement().execute(statement);
      }
      for (String statement : DatabaseViews.additions(connection, all.views())) {
        connection.createStatement().execute(statement);
      }
      connection.commit();
      assertThat(DatabaseViews.mismatches(connection, all.views())).isEmpty();
      assertThat(DatabaseSchema.additions(connection, all.tables())).isEmpty();
      assertThat(DatabaseSchema.mismatches(connection, all.tables())).isEmpty();
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

  /** In every order of the three, and of both versions of the schema. */
  @Test
  void aDeletedDocumentIsNotRevivedByWhatIsOlder() throws SQLException {
    DeclaredSource workspace = shipped("workspace");
    try (ConvergenceCheck check =
        new ConvergenceCheck(DATABASE, EventSources.of(List.of(workspace)), "workspace")) {
      List<Message> messages =
          List.of(
              document("ingested", "1.0", "09:00", "'id':'d','name':'first'"),
              document("updated", "2.0", "10:00", "'document_id':'d','title':'second'"),
              document("deleted", "1.0", "11:00", "'id':'d'"));
      String tenant = check.assertConverges(messages, DeliveryOrder.several(messages));
      String state =
          "SELECT title || ' ' || deleted || ' ' || (deleted_at = '2026-03-20T11:00:00Z')"
              + " FROM workspace_documents WHERE tenant_id = '%s'";
      assertThat(DATABASE.query(state.formatted(tenant))).isEqualTo("second true true");

      List<Message> again = new ArrayList<>(messages);
      again.add(document("ingested", "2.0", "12:00", "'document_id':'d','title':'third'"));
      tenant = check.assertConverges(again, DeliveryOrder.several(again));
      assertThat(
              DATABASE.query(
                  "SELECT title || ' ' || deleted FROM workspace_documents WHERE tenant_id = '%s'"
                      .formatted(tenant)))
          .isEqualTo("third false");
      assertThat(check.counts().rejected).as("dead letters").isZero();
    }
  }

  private static Message document(String what, String version, String time, String data) {
    String body =
        """
        {'idempotency_key': 'document.%1$s:acme:%3$s', 'event_type': 'document.%1$s',
         'schema_version': '%2$s', 'occurred_at': '2026-03-20T%3$s:00Z', 'data': {%4$s}}
        """;
    return new Message(what + time, body.formatted(what, version, time, data).replace('\'', '"'));
  }

  /** What was issued and not taken back, and what it says. */
  private static final String ISSUED =
      """
      CREATE VIEW issued_effects AS
      SELECT e.tenant_id, e.source, e.cause, e.handler, e.effect_key, e.kind, e.effect_type,
        t.status AS task_status, t.priority, t.due_at, n.recipient,
        coalesce(t.aggregate, o.aggregate) AS aggregate,
        coalesce(t.payload, n.payload, o.payload::jsonb) AS payload
      FROM effects e
      LEFT JOIN tasks t ON t.tenant_id = e.tenant_id AND t.task_id = e.effect_id
      LEFT JOIN notices n ON n.tenant_id = e.tenant_id AND n.notice_id = e.effect_id
      LEFT JOIN outbox o ON o.tenant_id = e.tenant_id AND o.event_id = e.effect_id
      WHERE e.status = 'ISSUED'
      """;

  @Test
  void theEffectsOfTheConciergeAreAFunctionOfTheSetOfEvents() throws SQLException {
    DATABASE.execute(ISSUED);
    DeclaredSource concierge = shipped("concierge");
    List<Sample> samples = ShippedSamples.of(concierge);
    Random random = new Random(19);
    try (ConvergenceCheck check =
        new ConvergenceCheck(
            DATABASE,
            EventSources.of(List.of(concierge)),
            "concierge",
            List.of(
                new ComparedTable(
                    "issued_effects",
                    List.of("source", "cause", "handler", "effect_key"),
                    "to_jsonb(r) - 'tenant_id'"),
                new ComparedTable(
                    "saga_instances",
                    List.of("source", "saga", "instance"),
                    "to_jsonb(r) - 'tenant_id' - 'created_at' - 'updated_at'"),
                new ComparedTable(
                    "saga_deadlines",
                    List.of("source", "saga", "instance", "deadline"),
                    "jsonb_build_object('due_at', r.due_at)")))) {
      for (int i = 0; i < CASES; i++) {
        List<Message> messages = new ArrayList<>();
        int count = 2 + random.nextInt(MOST_EVENTS - 1);
        for (int j = 0; j < count; j++) {
          Sample sample = samples.get(random.nextInt(samples.size()));
          messages.add(message(j, "e-" + j, concierge, sample, random));
        }
        check.assertConverges(messages, DeliveryOrder.several(messages));
      }
      System.out.println("Convergence of the concierge's effects: " + check.counts());
      for (String kind : List.of("TASK", "NOTICE")) {
        assertThat(
                Integer.parseInt(
                    DATABASE.query(
                        "SELECT count(*) FROM issued_effects WHERE kind = '%s'".formatted(kind))))
            .isGreaterThan(CASES);
      }
      assertThat(
              Integer.parseInt(
                  DATABASE.query("SELECT count(*) FROM effects WHERE status = 'CANCELLED'")))
          .as("taken back on the way")
          .isPositive();
    }
  }

  private static DeclaredSource shipped(String name) {
    return SHIPPED.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  static List<DeclaredSource> shipped() {
    return SHIPPED;
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void theTablesOfShippedSourcesAreAFunctionOfTheSetOfEvents(DeclaredSource source)
      throws SQLException {
    Random random = new Random(18);
    List<Sample> samples = ShippedSamples.of(source);
    try (ConvergenceCheck check =
        new ConvergenceCheck(DATABASE, EventSources.of(List.of(source)), source.name())) {
      for (int i = 0; i < CASES; i++) {
        List<Message> messages = new ArrayList<>();
        int count = 2 + random.nextInt(MOST_EVENTS - 1);
        for (int j = 0; j < count; j++) {
          Sample sample = samples.get(random.nextInt(samples.size()));
          messages.add(message(j, null, source, sample, random));
        }
        check.assertConverges(messages, DeliveryOrder.several(messages));
      }
      System.out.println("Convergence of " + source.name() + ": " + check.counts());
      assertThat(check.counts().rows).isGreaterThan(CASES);
      // What an effect needs must be there: of events that cause some, more are rejected.
      assertThat(check.counts().rejected)
          .as("rejected")
          .isLessThan(source.effects().isEmpty() ? CASES : 2 * CASES);
    }
  }

  /**
   * A sample of any type that means the same, and changed.
   *
   * @param ownId its ID; null for one that others may have
   */
  private static Message message(
      int number, @Nullable String ownId, DeclaredSource source, Sample sample, Random random) {
    EventHandler handler = source.handlerOf(sample.type()).orElseThrow();
    List<String> types =
        source.eventTypes().stream()
            .filter(type -> source.handlerOf(type).orElseThrow() == handler)
            .toList();
    String type = types.get(random.nextInt(types.size()));
    String id = ownId == null ? "e-" + random.nextInt(MOST_EVENTS) : ownId;
    JsonNode body = sample.body().deepCopy();
    NotificationIdentity own = source.identify(body.toString().getBytes(UTF_8));
    change(body, random);
    String text = body.toString();
    if (sample.id() == null) {
      text =
          text.replace('"' + own.notificationId().orElseThrow() + '"', '"' + id + '"')
              .replace('"' + sample.type() + '"', '"' + type + '"');
    }
    return new Message(
        "m-" + number, text, new Sample(type, sample.id() == null ? null : id, body).attributes());
  }

  /** Leaves members out, and gives others another value, none, or another time. */
  private static void change(JsonNode node, Random random) {
    if (node instanceof ArrayNode array) {
      if (!array.isEmpty() && random.nextInt(5) == 0) {
        array.remove(random.nextInt(array.size()));
      }
      if (!array.isEmpty() && random.nextInt(8) == 0) {
        array.add(array.get(random.nextInt(array.size())).deepCopy());
      }
    }
    if (node instanceof ObjectNode object) {
      for (String name :
          List.copyOf(object.properties()).stream().map(Map.Entry::getKey).toList()) {
        JsonNode value = object.get(name);
        Optional<JsonNode> time = otherTime(value, random);
        int choice = random.nextInt(40);
        if (time.isPresent()) {
          object.set(name, time.get());
        } else if (isIdentity(name) && random.nextInt(4) > 0) {
          // Keys that are often the same make rows meet.
          continue;
        } else if (choice == 0) {
          object.remove(name);
        } else if (choice == 1) {
          object.putNull(name);
        } else if (choice < 6 && value.isTextual() && !isIdentity(name)) {
          object.put(name, "other " + random.nextInt(2));
        } else if (choice < 6 && value.isNumber()) {
          object.put(name, random.nextInt(2));
        } else if (choice < 6 && value.isBoolean()) {
          object.put(name, random.nextBoolean());
        }
      }
    }
    node.forEach(member -> change(member, random));
  }

  private static boolean isIdentity(String name) {
    return name.equals("id")
        || name.equals("type")
        || name.equals("schema_version")
        || name.equals("action");
  }

  private static Optional<JsonNode> otherTime(JsonNode value, Random random) {
    Instant time = Instant.ofEpochSecond(FIRST_TIME + random.nextInt(4));
    if (value.isTextual() && Rfc3339.parse(value.textValue()).isPresent()) {
      return Optional.of(TextNode.valueOf(time.toString()));
    }
    boolean isSeconds = value.isInt() && Math.abs(value.longValue() - FIRST_TIME) < 100_000_000;
    return isSeconds ? Optional.of(LongNode.valueOf(time.getEpochSecond())) : Optional.empty();
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
