package dev.tidegate.transforms.handlers.application;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.DecodeRules;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A sender of JSON objects, with the event's ID, type and time in the message's attributes, as in
 * CloudEvents. An unknown sender has no handlers: its events are archived and recorded only.
 *
 * <p>An ID belongs to one event, so a second body under the same ID is a mistake. The body that was
 * accepted first counts, unless the times say which is newer.
 */
public class ApplicationEvents implements EventSource {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final Map<String, EventHandler> handlers;
  private final List<Table> tables;

  /** An unknown sender: only its name is known. */
  public ApplicationEvents(String name) {
    this(name, Map.of(), List.of());
  }

  /**
   * @param name the name in the {@code source} attribute
   * @param handlers the handlers by the event type each handles
   * @param tables all tables the handlers write, in the order in which batches lock them
   */
  public ApplicationEvents(String name, Map<String, EventHandler> handlers, List<Table> tables) {
    this.name = name;
    this.handlers = Map.copyOf(handlers);
    this.tables = List.copyOf(tables);
  }

  @Override
  public String name() {
    return name;
  }

  /** Finds nothing: Tidegate does not know where the bodies have their ID. */
  @Override
  public NotificationIdentity identify(byte[] body) {
    return NotificationIdentity.UNKNOWN;
  }

  /** The time of {@code ce-time}. Tidegate does not know what the bodies contain. */
  @Override
  public EventFacts factsOf(RawEvent event) {
    return EventFacts.at(
        Optional.ofNullable(event.attributes().get(EventAttributes.CLOUD_EVENTS_TIME))
            .flatMap(ApplicationEvents::read)
            .filter(time -> Version.isPlausible(time, event.receivedAt())));
  }

  @Override
  public Event decode(RawEvent raw) {
    JsonNode payload = DecodeRules.jsonObject(raw);
    String notificationId =
        DecodeRules.name(
            raw.notificationId(), "attribute " + EventAttributes.NOTIFICATION_ID.attribute());
    String eventType =
        DecodeRules.name(raw.eventType(), "attribute " + EventAttributes.EVENT_TYPE.attribute());
    return Event.ofFirstAccepted(
        raw.typeFromAttribute() ? raw : identify(raw),
        notificationId,
        eventType,
        asOf(raw, eventType),
        payload);
  }

  @Override
  public Optional<EventHandler> handlerOf(String eventType) {
    return Optional.ofNullable(handlers.get(eventType));
  }

  @Override
  public List<Table> tables() {
    return tables;
  }

  private Instant asOf(RawEvent raw, String eventType) {
    String time = raw.attributes().get(EventAttributes.CLOUD_EVENTS_TIME);
    if (time == null) {
      return Version.UNKNOWN_TIME;
    }
    Optional<Instant> asOf = read(time);
    if (asOf.isEmpty() && handlers.containsKey(eventType)) {
      throw PermanentFailureException.undecodable(
          "the attribute %s must be a time with an offset, within years 1 to 9999"
              .formatted(EventAttributes.CLOUD_EVENTS_TIME));
    }
    // An unreadable time is no reason for a dead letter where no handler uses it.
    return asOf.orElse(Version.UNKNOWN_TIME);
  }

  private static Optional<Instant> read(String time) {
    try {
      return Optional.of(OffsetDateTime.parse(time).toInstant()).filter(Microseconds::isStorable);
    } catch (DateTimeException notATime) {
      return Optional.empty();
    }
  }
}
