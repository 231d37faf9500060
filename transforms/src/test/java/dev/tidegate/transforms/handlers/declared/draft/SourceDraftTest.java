package dev.tidegate.transforms.handlers.declared.draft;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.handlers.declared.Drift;
import dev.tidegate.transforms.handlers.declared.ShippedSamples;
import dev.tidegate.transforms.handlers.declared.ShippedSamples.Sample;
import dev.tidegate.transforms.handlers.terminal49.SharedPayloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SourceDraftTest {
  private static RawEvent event(int number, String body, Map<String, String> attributes) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("drafted")
        .messageId("m-" + number)
        .notificationId(Optional.ofNullable(attributes.get("notification_id")))
        .eventType(Optional.ofNullable(attributes.get("event_type")))
        .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
        .attributes(attributes)
        .body(body.getBytes(UTF_8))
        .build();
  }

  private static List<RawEvent> events(String... bodies) {
    return IntStream.range(0, bodies.length)
        .mapToObj(i -> event(i, bodies[i].replace('\'', '"'), Map.of()))
        .toList();
  }

  private static String draft(List<RawEvent> events) {
    SourceDraft draft = new SourceDraft("drafted", Set.of("drafted_taken"));
    events.forEach(draft::add);
    return draft.yaml();
  }

  /** The file has no mistakes, takes all events, and knows all their fields. */
  private static List<TransformedEvent> requireTaken(String yaml, List<RawEvent> events) {
    DeclaredSource source = DeclaredSource.parse("drafted.yaml", yaml);
    EventSources sources = EventSources.of(List.of(source));
    List<TransformedEvent> taken = new ArrayList<>();
    Drift drift = new Drift(source);
    for (RawEvent event : events) {
      // Where nothing tells an ID or type, a gateway does.
      RawEvent given =
          event.toBuilder()
              .notificationId(event.notificationId().or(() -> Optional.of(event.messageId())))
              .eventType(event.eventType().or(() -> Optional.of(source.eventTypes().get(0))))
              .build();
      RawEvent identified = sources.identify(given);
      assertThatCode(() -> sources.validate(identified)).as(yaml).doesNotThrowAnyException();
      TransformedEvent transformed = sources.transform(identified);
      assertThat(transformed.handled()).as("%s %s", identified.eventType(), yaml).isTrue();
      assertThat(transformed.upserts()).isNotEmpty();
      taken.add(transformed);
      drift.add(given);
    }
    assertThat(drift.fields())
        .extracting(Drift.Field::pointer)
        .as(yaml)
        .filteredOn(StorableText::isStorable)
        .isEmpty();
    return taken;
  }

  private static List<RawEvent> shuffled(List<RawEvent> events, long seed) {
    List<RawEvent> shuffled = new ArrayList<>(events);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled;
  }

  static List<DeclaredSource> shipped() {
    return ShippedSamples.sources();
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void draftsOfShippedSourcesTakeTheirSamples(DeclaredSource source) {
    List<Sample> samples = ShippedSamples.of(source);
    List<RawEvent> events =
        IntStream.range(0, samples.size())
            .mapToObj(i -> event(i, Json.write(samples.get(i).body()), samples.get(i).attributes()))
            .toList();
    String yaml = draft(events);
    requireTaken(yaml, events);
    assertThat(draft(shuffled(events, 7))).as("whatever the order").isEqualTo(yaml);
  }

  @Test
  void theProvidersExamplesAreTakenToo() throws IOException {
    List<RawEvent> events = new ArrayList<>();
    for (Path file : SharedPayloads.files()) {
      events.add(event(events.size(), Files.readString(file), Map.of()));
    }
    assertThat(events).hasSizeGreaterThan(30);
    String yaml = draft(events);
    requireTaken(yaml, events);
    assertThat(yaml).contains("type: body:/data/attributes/event");
  }

  @Test
  void anApplicationsEventsShareATable() {
    List<RawEvent> events =
        events(
            "{'id':'e1','type':'order.created','time':'2026-11-01T10:00:00Z','data':{'order':"
                + "{'id':7,'status':'new','total':12.50,'placed_on':'2026-11-01','lines':"
                + "[{'id':'a','sku':'X'},{'id':'b','sku':'Y'}]}}}",
            "{'id':'e2','type':'order.updated','time':'2026-11-01T11:00:00Z','data':{'order':"
                + "{'id':7,'status':'paid','total':13,'placed_on':'2026-11-01','paidAt':"
                + "'2026-11-01T10:59:00Z','paidBy':'card','customer':{'id':'c1','email':'x@y.z'}}}}",
            "{'id':'e3','type':'order.updated','time':'2026-11-01T12:00:00Z','data':{'order':"
                + "{'id':8,'status':'paid','total':1,'placed_on':'2026-11-02','paidAt':null,"
                + "'paidBy':'cash'}}}",
            "{'id':'e4','type':'user.registered','time':'2026-11-01T12:00:00Z','data':{'user':"
                + "{'id':'u1','vip':true}}}");
    String yaml = draft(events);
    List<TransformedEvent> taken = requireTaken(yaml, events);

    assertThat(yaml)
        .contains("id: body:/id", "type: body:/type", "time: { from: body:/time, as: rfc3339 }")
        .contains("order.created: { as: order.updated }")
        .contains("# guessed: /data/order/id in 3 of 3 events");
    DeclaredSource source = DeclaredSource.parse("drafted.yaml", yaml);
    assertThat(source.tables())
        .extracting(Table::name)
        .containsExactly("drafted_orders", "drafted_order_lines", "drafted_users");
    Table orders = source.tables().get(0);
    assertThat(orders.key().get(1).toString()).contains("order_id", "BIGINT");
    assertThat(orders.groups().stream().map(SourceDraftTest::described))
        .containsExactly(
            "state: placed_on date, status text, total numeric",
            "customer: customer jsonb, customer_id text",
            "paid: paid_at timestamptz, paid_by text",
            "extra: extra jsonb");
    assertThat(taken.get(0).upserts()).hasSize(3);
    assertThat(taken.get(0).upserts().get(1).key()).containsExactly("acme", "7", "a");
    assertThat(taken.get(1).upserts().get(0).columns())
        .containsEntry("paid_by", "card")
        .containsEntry("customer_id", "c1");
  }

  private static String described(ColumnGroup group) {
    return group.name()
        + ": "
        + group.columns().stream()
            .map(column -> column.name() + " " + column.type().sqlName())
            .collect(Collectors.joining(", "));
  }

  @Test
  void aBodyThatIsTheObjectHasItsIdentityInAttributes() {
    List<RawEvent> events = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      events.add(
          event(
              i,
              "{\"id\":%d,\"total\":\"%d.50\",\"created_at\":\"2026-11-01T00:00:00Z\",\"updated_at\":\"2026-11-0%dT00:00:00Z\"}"
                  .formatted(i / 2, i, i + 1),
              Map.of(
                  "header.x-shop-topic",
                  i % 2 == 0 ? "orders/create" : "orders/updated",
                  "header.x-shop-webhook-id",
                  "d-" + i)));
    }
    String yaml = draft(events);
    List<TransformedEvent> taken = requireTaken(yaml, events);
    assertThat(yaml)
        .contains("id: header:x-shop-webhook-id", "type: header:x-shop-topic")
        .contains("time: { from: body:/updated_at, as: rfc3339 }")
        .contains("source_updated_at: timestamptz")
        .contains("total: numeric  # guessed")
        .contains("orders/updated: { as: orders/create }");
    assertThat(taken.get(5).upserts()).hasSize(1);
    assertThat(taken.get(5).event().notificationId()).isEqualTo("d-5");
    assertThat(taken.get(5).upserts().get(0).key()).containsExactly("acme", "2");
  }

  @Test
  void anObjectWithinABodyThatTellsNoIdentityIsFound() {
    List<RawEvent> events = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      events.add(
          event(
              i,
              "{\"created\":179594640%d,\"order\":{\"id\":\"o-1\",\"lines\":[{\"number\":1}]}}"
                  .formatted(i),
              Map.of("notification_id", "n" + i, "event_type", "order.updated")));
    }
    String yaml = draft(events);
    assertThat(requireTaken(yaml, events).get(0).upserts()).hasSize(2);
    assertThat(yaml)
        .contains("# The ID is the message's attribute notification_id.")
        .contains("time: { from: body:/created, as: unix-seconds }  # guessed: in 3 of 3 events\n")
        .contains("key: { order_id: payload.order.id, number: item.number }");
  }

  @Test
  void anIdThatIsAllThereIsIsNotTheEvents() {
    List<RawEvent> events =
        events(
            "{'type':'order.created','id':'o1','state':'new'}",
            "{'type':'order.created','id':'o2','state':'new'}");
    String yaml = draft(events);
    requireTaken(yaml, events);
    assertThat(yaml)
        .contains("key: { order_id: text }")
        .contains("# guessed: no member is an event's own ID")
        .contains("Ask the sender for one", "otherwise: received")
        .doesNotContain("id: body:/id");
  }

  @Test
  void aTimeThatNotAllEventsHaveFallsBackToTheirReceipt() {
    List<RawEvent> events =
        events(
            "{'id':'1','type':'a.b','at':1795000000123,'a':{'id':'x'}}",
            "{'id':'2','type':'a.b','a':{'id':'y'}}");
    String yaml = draft(events);
    requireTaken(yaml, events);
    assertThat(yaml)
        .contains("time: { from: body:/at, as: unix-milliseconds, otherwise: received }");
  }

  @Test
  void namesThatAreNoSqlGetOne() {
    List<RawEvent> events =
        events(
            "{'id':'1','type':'thing.made','thing':{'id':'x','order':1,'a.b':2,'a b':3,'a\\'b':4,"
                + "'a\\\\b':5,'camelCaseName':6,'HTTPStatus':7,'2fa':8,'':9,'\u0446\u0435\u043d\u0430':10,"
                + "'tenant_id':11,'updated_at':'x','extra':12,'xmin':13,'in':14,'null':15,'state_version':16,"
                + "'_':17,'\\u2028':18,'#':19,': ':20,'\ud83d\ude00':21,'source_tenant_id':22,"
                + "'column_versions':23,'thing_id':24,'\u0000':25,'\ud800':26,'payload':27,'y':28}}"
                    .replace("\u0000", "\\u0000")
                    .replace("\ud800", "\\ud800"));
    String yaml = draft(events);
    TransformedEvent taken = requireTaken(yaml, events).get(0);
    assertThat(taken.upserts().get(0).columns().values())
        .as("every value that PostgreSQL can name")
        .contains("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15")
        .contains("16", "17", "18", "19", "20", "21", "22", "23", "24", "27", "28");
    assertThat(taken.upserts().get(0).columns())
        .containsKeys("order_", "camel_case_name", "http_status", "field_2fa", "xmin_", "y");
  }

  @Test
  void whatCannotBeAKeyIsNone() {
    String longText = "x".repeat(201);
    for (String id :
        List.of(
            "'a\\u0000'",
            "'" + longText + "'",
            "null",
            "1.5",
            "{}",
            "''",
            "12345678901234567890")) {
      List<RawEvent> events =
          events(
              "{'id':'1','type':'a.made','a':{'id':'x','b':1}}",
              "{'id':'2','type':'a.made','a':{'id':" + id + ",'b':1}}",
              "{'id':'3','type':'a.made','a':{'b':1}}");
      String yaml = draft(events.subList(0, 2));
      requireTaken(yaml, events.subList(0, 2));
      assertThat(yaml).contains("key: { event_id: text }", "each event has its own row");
      requireTaken(draft(events), events);
    }
  }

  @Test
  void whatCannotBeReadIsCountedAndLeftOut() {
    List<RawEvent> good = events("{'id':'1','type':'a.made','a':{'id':'x','b':'\\u0000'}}");
    List<RawEvent> events = new ArrayList<>(good);
    events.addAll(events("[1]", "", "null", "{", "{'a':".repeat(1_000) + "1" + "}".repeat(1_000)));
    SourceDraft draft = new SourceDraft("drafted", Set.of());
    events.forEach(draft::add);
    assertThat(draft.events()).isEqualTo(1);
    assertThat(draft.unreadable()).isEqualTo(5);
    assertThat(draft.yaml()).contains("# 5 events more could not be read");
    requireTaken(draft.yaml(), good);
    assertThatCode(() -> new SourceDraft("drafted", Set.of()).yaml())
        .isInstanceOf(IllegalStateException.class);
  }

  private static List<RawEvent> wide(int types, int members) {
    List<String> bodies = new ArrayList<>();
    for (int type = 0; type < types; type++) {
      StringBuilder body =
          new StringBuilder(
              "{'id':'%d','type':'t%c%c.made','x':{'id':1"
                  .formatted(type, 'a' + type / 26, 'a' + type % 26));
      for (int i = 0; i < members; i++) {
        body.append(",'member_number_%d':%d".formatted(i, i));
      }
      bodies.add(body + "}}");
    }
    return events(bodies.toArray(String[]::new));
  }

  @Test
  void thereAreOnlySoManyColumnsAndTheRestIsKept() {
    List<RawEvent> events = wide(2, 300);
    String yaml = draft(events);
    DeclaredSource source = DeclaredSource.parse("drafted.yaml", yaml);
    assertThat(source.tables()).hasSize(2).allMatch(table -> table.width() == 101);
    assertThat(yaml).contains("extra: true  # with 99 members that have no column");
    EventSources sources = EventSources.of(List.of(source));
    assertThat(sources.transform(sources.identify(events.get(0))).upserts().get(0).columns())
        .hasSize(300);
  }

  @Test
  void aDraftIsNoLargerThanAFileMayBe() {
    String yaml = draft(wide(150, 3_000));
    assertThat(yaml.length()).isLessThan(1_000_000);
    YamlDocument document = YamlDocument.parse("drafted.yaml", yaml.getBytes(UTF_8));
    assertThat(SourceFile.read(document)).as("%s", document.report()).isNotNull();
    assertThat(document.root().path("events").size()).isEqualTo(150);
  }

  @Test
  void aLargeBodyIsLearnedFrom() {
    StringBuilder lines = new StringBuilder("1");
    for (int i = 0; i < 400_000; i++) {
      lines.append(",1").append(i % 1000).append("0000000");
    }
    List<RawEvent> events =
        events("{'id':'1','type':'a.made','a':{'id':'x','list':[" + lines + "]}}");
    String yaml = draft(events);
    requireTaken(yaml, events);
    assertThat(yaml).contains("list: jsonb");
  }

  @Test
  void aListThatMeansTooManyRowsIsNoTable() {
    StringBuilder lines = new StringBuilder("{'id':0}");
    for (int i = 1; i < 6_000; i++) {
      lines.append(",{'id':").append(i).append('}');
    }
    List<RawEvent> events =
        events("{'id':'1','type':'a.made','a':{'id':'x','list':[" + lines + "]}}");
    assertThat(requireTaken(draft(events), events).get(0).upserts()).hasSize(1);
  }

  /** Bodies of any shape, made from a seed. */
  @ParameterizedTest
  @MethodSource("seeds")
  void aDraftTakesTheEventsThatItWasMadeFrom(long seed) {
    List<RawEvent> events = new GeneratedSender(new Random(seed)).events();
    String yaml = draft(events);
    requireTaken(yaml, events);
    assertThat(draft(shuffled(events, seed))).isEqualTo(yaml);
  }

  static Stream<Long> seeds() {
    return IntStream.range(0, 100).mapToObj(Long::valueOf);
  }

  /** A sender with an envelope, types and habits of its own. */
  private static final class GeneratedSender {
    private static final List<String> NAMES =
        List.of(
            "id",
            "uuid",
            "status",
            "createdAt",
            "updated_at",
            "total",
            "lines",
            "data",
            "object",
            "type",
            "name",
            "a.b",
            "order",
            "customer",
            "key",
            "number",
            "items",
            "time",
            "date",
            "événement",
            "9lives",
            "metadata",
            "kind",
            "action");
    private final Random random;
    private final List<String> members;

    GeneratedSender(Random random) {
      this.random = random;
      this.members = new ArrayList<>(NAMES);
      Collections.shuffle(members, random);
    }

    List<RawEvent> events() {
      List<RawEvent> events = new ArrayList<>();
      boolean isInBody = random.nextBoolean();
      boolean isWhole = random.nextInt(4) == 0;
      boolean hasTime = random.nextBoolean();
      int count = 1 + random.nextInt(60);
      for (int i = 0; i < count; i++) {
        ObjectNode body = Json.mapper().createObjectNode();
        ObjectNode object = object(0);
        if (random.nextInt(5) > 0) {
          object.put("id", "o" + random.nextInt(10));
        }
        String type =
            List.of("order.created", "order.updated", "UserSeen", "ping").get(random.nextInt(4));
        if (isWhole) {
          body.setAll(object);
        } else {
          body.set("data", object);
        }
        if (isInBody) {
          body.put("event_id", "e" + i).put("event_type", type);
        }
        if (hasTime) {
          body.put("occurred_at", 1_795_000_000 + i);
        }
        events.add(
            event(
                i,
                Json.write(body),
                isInBody ? Map.of() : Map.of("notification_id", "n" + i, "event_type", type)));
      }
      return events;
    }

    private ObjectNode object(int depth) {
      ObjectNode object = Json.mapper().createObjectNode();
      for (String member : members.subList(0, 2 + random.nextInt(8))) {
        if (random.nextInt(4) > 0) {
          object.set(member, value(depth));
        }
      }
      return object;
    }

    private JsonNode value(int depth) {
      var nodes = Json.mapper().getNodeFactory();
      return switch (random.nextInt(depth < 3 ? 13 : 10)) {
        case 0 -> nodes.nullNode();
        case 1 -> nodes.booleanNode(random.nextBoolean());
        case 2 -> nodes.numberNode(random.nextInt(100));
        case 3 -> nodes.numberNode(1_795_000_000L + random.nextInt(1000));
        case 4 -> nodes.numberNode(1_795_000_000_123L);
        case 5 -> nodes.numberNode(new java.math.BigDecimal("12345678901234567890.5"));
        case 6 -> nodes.textNode("2026-11-2%dT00:00:00Z".formatted(random.nextInt(9)));
        case 7 -> nodes.textNode("2026-11-28");
        case 8 -> nodes.textNode(random.nextInt(10) == 0 ? "\0" : "text " + random.nextInt(5));
        case 9 -> nodes.textNode("19.90");
        case 10, 11 -> object(depth + 1);
        default -> {
          ArrayNode list = nodes.arrayNode();
          for (int i = random.nextInt(4); i > 0; i--) {
            ObjectNode item = object(depth + 1);
            list.add(random.nextInt(20) == 0 ? value(3) : item.put("id", i));
          }
          yield list;
        }
      };
    }
  }

  /** What the memory holds depends on what was learned. */
  @Test
  void eventsThatTellNothingNewAreNotKept() {
    SourceDraft draft = new SourceDraft("drafted", Set.of());
    String padding = "x".repeat(20_000);
    for (int i = 0; i < 20_000; i++) {
      draft.add(
          event(
              i,
              "{\"id\":\"e%d\",\"type\":\"a.made\",\"a\":{\"id\":%d,\"pad\":\"%s\"}}"
                  .formatted(i, i % 100, padding),
              Map.of()));
    }
    assertThat(draft.events()).isEqualTo(20_000);
    assertThat(draft.yaml()).contains("in 20000 of 20000 events");
    assertThatCode(() -> DeclaredSource.parse("drafted.yaml", draft.yaml()))
        .doesNotThrowAnyException();
  }
}
