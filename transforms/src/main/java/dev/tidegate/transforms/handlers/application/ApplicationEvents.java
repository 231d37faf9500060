package dev.tidegate.transforms.handlers.application;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.DecodeRules;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.NotificationIdentity;
import dev.tidegate.transforms.handlers.UndecodableEventException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/**
 * A sender without a package of its own: any JSON object is an event of it, whose ID, type and time
 * its message's attributes tell, as those of CloudEvents do. No type has a handler, so that its
 * events are archived and recorded, no more.
 */
public final class ApplicationEvents implements EventSource {
  /** CloudEvents' attribute for when something happened. */
  private static final String TIME_ATTRIBUTE = "ce-time";

  private final String name;

  public ApplicationEvents(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  /** Nothing: where an unknown sender's bodies keep their ID is unknown too. */
  @Override
  public NotificationIdentity identify(byte[] body) {
    return NotificationIdentity.UNKNOWN;
  }

  @Override
  public Event decode(RawEvent raw) throws UndecodableEventException {
    JsonNode payload = DecodeRules.jsonObject(raw.body());
    return Event.of(
        raw,
        DecodeRules.name(
            raw.notificationId(), "attribute " + EventAttributes.NOTIFICATION_ID.attribute()),
        DecodeRules.name(raw.eventType(), "attribute " + EventAttributes.EVENT_TYPE.attribute()),
        asOf(raw),
        payload);
  }

  @Override
  public void validate(Event event) {
    // There is no handler that could rely on anything.
  }

  @Override
  public Optional<EventHandler> handlerOf(String eventType) {
    return Optional.empty();
  }

  @Override
  public List<Table> tables() {
    return List.of();
  }

  private static Instant asOf(RawEvent raw) {
    String time = raw.attributes().get(TIME_ATTRIBUTE);
    if (time == null) {
      return Version.UNKNOWN_TIME;
    }
    try {
      Instant asOf = OffsetDateTime.parse(time).toInstant();
      return Microseconds.isStorable(asOf) ? asOf : Version.UNKNOWN_TIME;
    } catch (DateTimeException unreadable) {
      // No handler would use it: it is not worth a dead letter.
      return Version.UNKNOWN_TIME;
    }
  }
}
