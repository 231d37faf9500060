import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.DecodeRules;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.schemas.IdentityReader;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.transforms.handlers.PayloadSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What {@code billing.yaml} declares, as somebody would write it in Java. */
final class BillingInJava implements EventSource {
  private static final long serialVersionUID = 1L;

  private static final Table CUSTOMERS =
      Table.named("billing_customers")
          .key(Column.indexedText("customer_id"))
          .group(
              "state",
              Column.text("email"),
              Column.text("name"),
              Column.bigint("balance"),
              Column.bool("delinquent"),
              Column.bool("deleted"),
              Column.timestamptz("created_at"))
          .group("address", Column.text("city"), Column.text("country"), Column.jsonb("address"))
          .group("extra", Column.jsonbByField("extra"))
          .build();

  private static final Table INVOICES =
      Table.named("billing_invoices")
          .key(Column.indexedText("invoice_id"))
          .group(
              "state",
              Column.text("customer_id"),
              Column.text("status"),
              Column.text("currency"),
              Column.timestamptz("due_at"),
              Column.timestamptz("created_at"))
          .group(
              "amounts",
              Column.numeric("amount_due"),
              Column.numeric("amount_paid"),
              Column.bool("paid"))
          .group("extra", Column.jsonbByField("extra"))
          .build();

  private static final Table LINES =
      Table.named("billing_invoice_lines")
          .key(Column.indexedText("invoice_id"))
          .key(Column.indexedText("line_id"))
          .group(
              "line",
              Column.text("description"),
              Column.bigint("quantity"),
              Column.numeric("amount"),
              Column.text("price_id"),
              Column.timestamptz("period_end"))
          .build();

  private static final Table PAYMENTS =
      Table.named("billing_payments")
          .key(Column.indexedText("payment_id"))
          .group(
              "state",
              Column.text("customer_id"),
              Column.text("status"),
              Column.numeric("amount"),
              Column.text("currency"),
              Column.timestamptz("created_at"))
          .group("failure", Column.text("failure_code"), Column.text("failure_message"))
          .group("extra", Column.jsonbByField("extra"))
          .build();

  private static final Set<String> CUSTOMER_MEMBERS =
      Set.of("id", "email", "name", "balance", "delinquent", "created", "address");
  private static final Set<String> INVOICE_MEMBERS =
      Set.of(
          "id", "customer", "status", "currency", "due_date", "created", "amount_due",
          "amount_paid");
  private static final Set<String> PAYMENT_MEMBERS =
      Set.of("id", "customer", "status", "amount", "currency", "created", "last_error");

  private final transient IdentityReader identity = new IdentityReader("/id", "/type", true);
  private final transient Map<String, EventHandler> handlers;

  /**
   * @param document the declaration, of which this source takes the JSON Schema and no more
   */
  BillingInJava(YamlDocument document) {
    PayloadSchema schema =
        PayloadSchema.of(document.root().at("/events/customer.updated/schema"));
    EventHandler customer = checked(schema, BillingInJava::customer);
    EventHandler invoice = checked(schema, BillingInJava::invoice);
    handlers =
        Map.of(
            "customer.updated", customer,
            "customer.deleted", customer,
            "invoice.updated", invoice,
            "invoice.paid", invoice,
            "payment.changed", checked(schema, BillingInJava::payment));
  }

  private static EventHandler checked(PayloadSchema schema, EventHandler handler) {
    return new EventHandler() {
      private static final long serialVersionUID = 1L;

      @Override
      public void validate(Event event) {
        schema.check(event.payload());
      }

      @Override
      public HandlerOutput handle(Event event) {
        return handler.handle(event);
      }
    };
  }

  @Override
  public String name() {
    return "billing";
  }

  @Override
  public NotificationIdentity identify(byte[] body) {
    return identity.read(body);
  }

  @Override
  public Event decode(RawEvent raw) {
    JsonNode payload = DecodeRules.jsonObject(raw);
    String type = DecodeRules.name(raw.eventType(), "event type");
    JsonNode created = payload.path("created");
    if (!created.canConvertToLong()) {
      throw PermanentFailureException.undecodable("/created must be seconds since 1970");
    }
    return Event.ofFirstAccepted(
        raw,
        DecodeRules.name(raw.notificationId(), "event ID"),
        type,
        Instant.ofEpochSecond(created.longValue()),
        payload);
  }

  @Override
  public Optional<EventHandler> handlerOf(String eventType) {
    return Optional.ofNullable(handlers.get(eventType));
  }

  @Override
  public List<Table> tables() {
    return List.of(CUSTOMERS, INVOICES, LINES, PAYMENTS);
  }

  /** A row while it is made. What the event lacks stays as it is, and what does not fit is left out. */
  private static final class Row {
    private final Upsert.Builder upsert;
    private final List<Warning> warnings;

    Row(Table table, Event event, List<Warning> warnings) {
      this.upsert = Upsert.into(table, event);
      this.warnings = warnings;
    }

    Row key(String column, JsonNode value) {
      upsert.key(column, value.isMissingNode() ? null : value);
      return this;
    }

    Row set(String column, JsonNode value) {
      return value.isMissingNode() ? this : setValue(column, value);
    }

    Row setTime(String column, JsonNode seconds) {
      if (seconds.isNull()) {
        return setValue(column, NullNode.getInstance());
      }
      return seconds.canConvertToLong()
          ? setValue(column, Instant.ofEpochSecond(seconds.longValue()))
          : this;
    }

    Row setValue(String column, Object value) {
      try {
        upsert.set(column, value);
      } catch (PermanentFailureException unusable) {
        warnings.add(new Warning(column, unusable.getMessage()));
      }
      return this;
    }

    Row extra(JsonNode object, Set<String> stored) {
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        if (!stored.contains(member.getKey())) {
          try {
            upsert.setField("extra", member.getKey(), member.getValue());
          } catch (PermanentFailureException unusable) {
            warnings.add(new Warning("extra", unusable.getMessage()));
          }
        }
      }
      return this;
    }

    Upsert build() {
      return upsert.build();
    }
  }

  private static HandlerOutput customer(Event event) {
    JsonNode customer = event.payload().path("data").path("object");
    JsonNode address = customer.path("address");
    List<Warning> warnings = new ArrayList<>();
    Upsert row =
        new Row(CUSTOMERS, event, warnings)
            .key("customer_id", customer.path("id"))
            .set("email", customer.path("email"))
            .set("name", customer.path("name"))
            .set("balance", customer.path("balance"))
            .set("delinquent", customer.path("delinquent"))
            .setValue("deleted", event.eventType().equals("customer.deleted"))
            .setTime("created_at", customer.path("created"))
            .set("city", address.path("city"))
            .set("country", address.path("country"))
            .set("address", address)
            .extra(customer, CUSTOMER_MEMBERS)
            .build();
    return new HandlerOutput(List.of(row), warnings);
  }

  private static HandlerOutput invoice(Event event) {
    JsonNode invoice = event.payload().path("data").path("object");
    JsonNode status = invoice.path("status");
    List<Warning> warnings = new ArrayList<>();
    List<Upsert> rows = new ArrayList<>();
    rows.add(
        new Row(INVOICES, event, warnings)
            .key("invoice_id", invoice.path("id"))
            .set("customer_id", invoice.path("customer"))
            .set("status", status)
            .set("currency", invoice.path("currency"))
            .setTime("due_at", invoice.path("due_date"))
            .setTime("created_at", invoice.path("created"))
            .set("amount_due", invoice.path("amount_due"))
            .set("amount_paid", invoice.path("amount_paid"))
            .setValue("paid", status.asText().equals("paid"))
            .extra(invoice, INVOICE_MEMBERS)
            .build());
    for (JsonNode line : invoice.path("lines").path("data")) {
      rows.add(
          new Row(LINES, event, warnings)
              .key("invoice_id", invoice.path("id"))
              .key("line_id", line.path("id"))
              .set("description", line.path("description"))
              .set("quantity", line.path("quantity"))
              .set("amount", line.path("amount"))
              .set("price_id", line.path("price").path("id"))
              .setTime("period_end", line.path("period").path("end"))
              .build());
    }
    return new HandlerOutput(rows, warnings);
  }

  private static HandlerOutput payment(Event event) {
    if (!event.payload().path("livemode").asBoolean()) {
      return HandlerOutput.of();
    }
    JsonNode payment = event.payload().path("data").path("object");
    JsonNode error = payment.path("last_error");
    List<Warning> warnings = new ArrayList<>();
    Upsert row =
        new Row(PAYMENTS, event, warnings)
            .key("payment_id", payment.path("id"))
            .set("customer_id", payment.path("customer"))
            .set("status", payment.path("status"))
            .set("amount", payment.path("amount"))
            .set("currency", payment.path("currency"))
            .setTime("created_at", payment.path("created"))
            .set("failure_code", error.isNull() ? error : error.path("code"))
            .set("failure_message", error.isNull() ? error : error.path("message"))
            .extra(payment, PAYMENT_MEMBERS)
            .build();
    return new HandlerOutput(List.of(row), warnings);
  }
}
