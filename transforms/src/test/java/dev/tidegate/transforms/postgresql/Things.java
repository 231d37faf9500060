package dev.tidegate.transforms.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Two small tables, and events that speak of them. */
final class Things {
  static final Table THINGS =
      Table.named("things")
          .key(Column.indexedText("id"))
          .group(
              "facts",
              Column.text("name"),
              Column.numeric("weight"),
              Column.bigint("size"),
              Column.bool("fragile"),
              Column.timestamptz("seen_at"),
              Column.date("due_on"),
              Column.jsonb("extra"))
          .group("place", Column.text("place"))
          .group("more", Column.jsonbByField("more"))
          .build();

  static final Table LINKS =
      Table.named("links")
          .key(Column.indexedText("id"))
          .group("link", Column.text("target"))
          .build();

  /** The database refuses a thing of this name, though the table's definition takes it. */
  static final String POISON = "poison";

  static final String[] DDL = {
    """
    CREATE TABLE things (
      tenant_id text NOT NULL, id text NOT NULL,
      name text CHECK (name <> 'poison'), weight numeric, size bigint, fragile boolean,
      seen_at timestamptz, due_on date, extra jsonb, facts_version bytea,
      place text, place_version bytea,
      more jsonb, more_version bytea, column_versions jsonb,
      updated_at timestamptz NOT NULL DEFAULT now(),
      updated_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      PRIMARY KEY (tenant_id, id))
    """,
    """
    CREATE TABLE links (
      tenant_id text NOT NULL, id text NOT NULL,
      target text, link_version bytea, column_versions jsonb,
      updated_at timestamptz NOT NULL DEFAULT now(),
      updated_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      PRIMARY KEY (tenant_id, id))
    """
  };

  static final Instant TIME = Instant.parse("2026-03-01T10:15:30Z");

  private Things() {}

  static RawEvent raw(String id, String body, Map<String, String> attributes) {
    return raw("acme", id, body, attributes);
  }

  private static RawEvent raw(
      String tenant, String id, String body, Map<String, String> attributes) {
    return RawEvent.builder()
        .tenantId(tenant)
        .source("shop")
        .notificationId(id)
        .eventType("thing.changed")
        .messageId("m-" + id)
        .publishTime(TIME)
        .attributes(attributes)
        .body(body.getBytes(UTF_8))
        .build();
  }

  static Event event(String id, Instant asOf, String body, Map<String, String> attributes) {
    return event(raw(id, body, attributes), id, asOf);
  }

  static Event event(String tenant, String id, Instant asOf, String body) {
    return event(raw(tenant, id, body, Map.of()), id, asOf);
  }

  private static Event event(RawEvent raw, String id, Instant asOf) {
    try {
      return Event.of(raw, id, "thing.changed", asOf, Json.parse(raw.body()));
    } catch (JsonProcessingException notJson) {
      throw new IllegalArgumentException(notJson);
    }
  }

  static Event event(String id, Instant asOf) {
    return event(id, asOf, "{\"id\":\"" + id + "\"}", Map.of());
  }

  static Upsert.Builder thing(Event event, String id) {
    return Upsert.into(THINGS, event).key("id", id);
  }

  static Upsert link(Event event, String id) {
    return Upsert.into(LINKS, event).key("id", id).set("target", event.notificationId()).build();
  }

  static EventWriter.Entry handled(Event event, Upsert... upserts) {
    return new EventWriter.Entry(
        TransformedEvent.handled(event, List.of(upserts), List.of()), TIME);
  }

  static EventWriter.Entry unhandled(Event event) {
    return new EventWriter.Entry(TransformedEvent.unhandled(event), TIME);
  }

  static EventWriter writer(ConnectionPool pool, TransientRetry.Listener listener) {
    return new EventWriter(pool, new TransientRetry(listener), List.of(THINGS, LINKS), true);
  }
}
