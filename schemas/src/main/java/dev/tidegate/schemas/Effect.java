package dev.tidegate.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What an event causes besides rows: a follow-up event, a task or a notice. It is committed in the
 * transaction of the event's rows, once: its ID is derived from its cause ({@link
 * EventId#ofEffect}), so the same event has the same effects.
 */
@AutoValue
public abstract class Effect {
  /** The most effects of an event. */
  public static final int MOST = 100;

  /** The most events that may cause one another in a chain. The next one is a dead letter. */
  public static final int MOST_DEPTH = 10;

  /** The priority of tasks by default; 9 is claimed first, 0 last. */
  public static final int STANDARD_PRIORITY = 5;

  /** The most characters of a payload: many effects of one event must fit the memory. */
  private static final int LONGEST_PAYLOAD = 256 << 10;

  /** An event about a task or a notice contains its payload. */
  private static final int DEEPEST_PAYLOAD = Json.MAX_DEPTH - 5;

  /** No part of the effect: what {@link #payloadText} gives. */
  private @Nullable String payloadText;

  /** What kind of effect it is. */
  public enum Kind {
    /** A follow-up event, published to Pub/Sub. */
    EVENT,
    /** Work for a person or an agent. */
    TASK,
    /** A message for a person or a system. */
    NOTICE
  }

  public abstract Kind kind();

  /** The follow-up's event type, the task's kind, or the notice's template. */
  public abstract String type();

  /**
   * Tells the effects of one cause and handler apart. If it is empty, the place among the handler's
   * effects does it.
   */
  public abstract String key();

  /** What it is about, so that effects are published in order; empty for the cause itself. */
  public abstract Optional<String> aggregate();

  /** The follow-up's source; empty for the cause's. */
  public abstract Optional<String> source();

  /** Who is told; of notices only. */
  public abstract Optional<String> recipient();

  /** From 0 to 9; of tasks only. */
  public abstract int priority();

  /** When it should be done; of tasks only. */
  public abstract Optional<Instant> dueAt();

  /** The event's body, or what task or notice say. Callers must not change it. */
  public abstract ObjectNode payload();

  /** The payload as compact JSON, which {@code jsonb} takes. */
  public String payloadText() {
    String known = payloadText;
    if (known == null) {
      try {
        known = ColumnType.JSONB.toText(payload());
      } catch (IllegalArgumentException unstorable) {
        throw PermanentFailureException.invalid("an effect's payload " + unstorable.getMessage());
      }
      payloadText = known;
    }
    return known;
  }

  /** What undoes it, where a saga takes it back after it was done. */
  public abstract Optional<Effect> compensation();

  public abstract Builder toBuilder();

  /** A follow-up event. */
  public static Builder event(String type) {
    return of(Kind.EVENT, type);
  }

  /** A task. */
  public static Builder task(String kind) {
    return of(Kind.TASK, kind);
  }

  /** A notice for {@code recipient}. */
  public static Builder notice(String template, String recipient) {
    return of(Kind.NOTICE, template).recipient(recipient);
  }

  private static Builder of(Kind kind, String type) {
    return new AutoValue_Effect.Builder()
        .kind(kind)
        .type(type)
        .key("")
        .priority(STANDARD_PRIORITY)
        .payload(Json.mapper().createObjectNode());
  }

  /** The effect as JSON, which {@link #read} reads. */
  public ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("kind", kind().name()).put("type", type()).put("key", key());
    aggregate().ifPresent(value -> json.put("aggregate", value));
    source().ifPresent(value -> json.put("source", value));
    recipient().ifPresent(value -> json.put("recipient", value));
    json.put("priority", priority());
    dueAt().ifPresent(value -> json.put("due_at", value.toString()));
    json.set("payload", payload());
    compensation().ifPresent(value -> json.set("compensation", value.toJson()));
    return json;
  }

  /** What {@link #toJson} wrote. */
  public static Effect read(JsonNode json) {
    Builder effect =
        of(Kind.valueOf(json.path("kind").asText()), json.path("type").asText())
            .key(json.path("key").asText())
            .priority(json.path("priority").asInt())
            .payload((ObjectNode) json.path("payload"));
    if (json.has("aggregate")) {
      effect.aggregate(json.path("aggregate").asText());
    }
    if (json.has("source")) {
      effect.source(json.path("source").asText());
    }
    if (json.has("recipient")) {
      effect.recipient(json.path("recipient").asText());
    }
    if (json.has("due_at")) {
      effect.dueAt(Instant.parse(json.path("due_at").asText()));
    }
    if (json.has("compensation")) {
      effect.compensation(read(json.path("compensation")));
    }
    return effect.build();
  }

  /** Never the payload: a line that is logged by accident must not contain it. */
  @Override
  public final String toString() {
    return "Effect{%s %s %s}".formatted(kind(), type(), key());
  }

  /** Builds an {@link Effect}. */
  @AutoValue.Builder
  public abstract static class Builder {
    abstract Builder kind(Kind value);

    abstract Builder type(String value);

    public abstract Builder key(String value);

    public abstract Builder aggregate(String value);

    public abstract Builder source(String value);

    abstract Builder recipient(String value);

    public abstract Builder priority(int value);

    public abstract Builder dueAt(Instant value);

    public abstract Builder payload(ObjectNode value);

    public abstract Builder compensation(Effect value);

    abstract Effect autoBuild();

    /**
     * @throws PermanentFailureException where type, aggregate or recipient is no name, the priority
     *     is not from 0 to 9, the time lies outside of years 1 to 9999, or the payload is too long
     *     or cannot be stored: the event is then a dead letter
     */
    public Effect build() {
      Effect effect = autoBuild();
      requireName(effect.type(), "type");
      effect.aggregate().ifPresent(value -> requireName(value, "aggregate"));
      effect.source().ifPresent(value -> requireName(value, "source"));
      effect.recipient().ifPresent(value -> requireName(value, "recipient"));
      if (effect.priority() < 0 || effect.priority() > 9) {
        throw PermanentFailureException.invalid("an effect's priority must be from 0 to 9");
      }
      if (!effect.dueAt().map(Microseconds::isStorable).orElse(true)) {
        throw PermanentFailureException.invalid("an effect must be due within years 1 to 9999");
      }
      if (depthOf(effect.payload()) > DEEPEST_PAYLOAD) {
        throw PermanentFailureException.invalid(
            "an effect's payload must be nested at most %d deep".formatted(DEEPEST_PAYLOAD));
      }
      if (effect.payloadText().length() > LONGEST_PAYLOAD) {
        throw PermanentFailureException.invalid(
            "an effect's payload must have at most %d characters".formatted(LONGEST_PAYLOAD));
      }
      return effect;
    }

    private static int depthOf(JsonNode node) {
      int deepest = 0;
      for (JsonNode child : node) {
        deepest = Math.max(deepest, depthOf(child));
      }
      return node.isContainerNode() ? deepest + 1 : 0;
    }

    private static void requireName(String value, String what) {
      if (!Event.isName(value)) {
        throw PermanentFailureException.invalid(
            "an effect's %s must be %s".formatted(what, Event.NAME_RULE));
      }
    }
  }
}
