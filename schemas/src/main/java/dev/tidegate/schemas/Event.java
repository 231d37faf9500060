package dev.tidegate.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * An event that could be decoded: it has an ID, a type, a time and a JSON payload. Whether the
 * payload is of use to a handler has not been checked.
 */
@AutoValue
public abstract class Event {
  /** What tenants, sources, notification IDs and event types must be. */
  public static final String NAME_RULE =
      "1 to %d characters, none of them a control character".formatted(Column.INDEXED_LENGTH);

  /** No part of the event: what {@link #transformed} made. */
  private @Nullable TransformedEvent transformed;

  /** No part of the event: what {@link #withoutEnvelope} made. */
  private @Nullable Event withoutEnvelope;

  /** No part of the event: what {@link #version} computed. */
  private @Nullable Version version;

  /** The event as it came. Handlers get it {@linkplain #withoutEnvelope without its envelope}. */
  public abstract RawEvent raw();

  /** The sender's ID of this notification. */
  public abstract String notificationId();

  /** The sender's name of what happened. */
  public abstract String eventType();

  /** When the source says the payload was true; {@link Version#UNKNOWN_TIME} where it does not. */
  public abstract Instant asOf();

  /**
   * When the event was accepted, where of two bodies under its ID the first accepted counts; empty
   * where the hash of the content decides.
   */
  public abstract Optional<Instant> acceptedAt();

  /** The body as JSON. Callers must not change the tree. */
  public abstract JsonNode payload();

  /** An event of a source that may correct itself under the same ID. */
  public static Event of(
      RawEvent raw, String notificationId, String eventType, Instant asOf, JsonNode payload) {
    return of(raw, notificationId, eventType, asOf, Optional.empty(), payload);
  }

  /** An event of a source that gives each event an ID of its own: the first body counts. */
  public static Event ofFirstAccepted(
      RawEvent raw, String notificationId, String eventType, Instant asOf, JsonNode payload) {
    return of(raw, notificationId, eventType, asOf, Optional.of(raw.receivedAt()), payload);
  }

  /**
   * An event that was kept with its version, for sagas, and without its message.
   *
   * @param version what {@link #version} gave when the event came
   */
  public static Event kept(
      RawEvent raw, String notificationId, String eventType, Version version, JsonNode payload) {
    Event event = of(raw, notificationId, eventType, version.asOf(), Optional.empty(), payload);
    event.version = version;
    return event;
  }

  private static Event of(
      RawEvent raw,
      String notificationId,
      String eventType,
      Instant asOf,
      Optional<Instant> acceptedAt,
      JsonNode payload) {
    return new AutoValue_Event(
        raw,
        notificationId,
        eventType,
        Microseconds.toInstant(Microseconds.of(asOf)),
        acceptedAt,
        payload);
  }

  /**
   * The event as handlers may see it: exactly what its version covers, and nothing else of its
   * message. Rows must not depend on what two messages of the same version may differ in.
   */
  public Event withoutEnvelope() {
    Event known = withoutEnvelope;
    if (known == null) {
      known =
          of(
              raw().withoutEnvelope(),
              notificationId(),
              eventType(),
              asOf(),
              acceptedAt(),
              payload());
      known.withoutEnvelope = known;
      known.version = version();
      withoutEnvelope = known;
    }
    return known;
  }

  /** The same event without its payload, to keep it for long: a tree is large. */
  Event withoutPayload() {
    Event copy =
        of(
            raw().withoutWork(),
            notificationId(),
            eventType(),
            asOf(),
            acceptedAt(),
            MissingNode.getInstance());
    copy.version = version();
    return copy;
  }

  /** The same event, as a replay that may cause {@code effects}. */
  public Event withEffects(EffectMode effects) {
    Map<String, String> attributes = new TreeMap<>(raw().attributes());
    attributes.put(EventAttributes.EFFECTS.attribute(), effects.label());
    Event copy =
        of(
            raw().toBuilder().attributes(attributes).build(raw().bodySha256()),
            notificationId(),
            eventType(),
            asOf(),
            acceptedAt(),
            payload());
    copy.version = version();
    return copy;
  }

  /** Whose event it is: from what was authenticated, never from the body. */
  public String tenantId() {
    return raw().tenantId();
  }

  /**
   * Whether {@code text} can be a tenant, source, notification ID or event type: short enough for a
   * key, and safe to store, log and show.
   */
  public static boolean isName(String text) {
    return !text.isBlank()
        && text.length() <= Column.INDEXED_LENGTH
        && text.chars().noneMatch(Character::isISOControl)
        && StorableText.isStorable(text);
  }

  /**
   * What {@code handler} makes of the event: once.
   *
   * @param handler gives the same result every time
   */
  public TransformedEvent transformed(Function<Event, TransformedEvent> handler) {
    TransformedEvent known = transformed;
    if (known == null) {
      known = handler.apply(this);
      transformed = known;
    }
    return known;
  }

  @Override
  public final String toString() {
    return "Event{%s as of %s}".formatted(raw(), asOf());
  }

  /** The event's place in the order that all tables follow. */
  public Version version() {
    Version known = version;
    if (known == null) {
      known = new Version(asOf(), notificationId(), raw().contentSha256(), acceptedAt());
      version = known;
    }
    return known;
  }
}
