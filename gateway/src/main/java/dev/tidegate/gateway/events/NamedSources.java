package dev.tidegate.gateway.events;

import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.IdentityReader;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.SourceFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The sources that events may be sent for: those that a caller names, and the declared ones that a
 * CloudEvent's {@code source} means. A caller's token or key must name them. Where a declared
 * source has its events' ID and type in the body, these count, as they do for the pipeline.
 */
final class NamedSources {
  private static final String CLOUD_EVENTS_SOURCE = "ce-source";

  private final Map<String, SourceFile> declared = new HashMap<>();
  private final Map<String, IdentityReader> readers = new HashMap<>();

  NamedSources(List<SourceFile> sources) {
    for (SourceFile source : sources) {
      declared.put(source.source(), source);
      readers.put(
          source.source(), IdentityReader.at(source.event().id(), source.event().type(), true));
    }
  }

  /** The event as its source knows it, or why it is refused. */
  Outcome resolve(Outcome read, Caller caller) {
    if (!(read instanceof Outcome.InOrder inOrder)) {
      return read;
    }
    SentEvent event = inOrder.event();
    Optional<String> name =
        event.source().or(() -> meantBy(event.attributes().get(CLOUD_EVENTS_SOURCE)));
    if (name.isEmpty() || name.get().equals(OutgoingEvents.SOURCE)) {
      return read;
    }
    SourceFile source = declared.get(name.get());
    if (!caller.sources().contains(name.get())) {
      return forbidden("Send a token or an API key whose sources name this event's source.");
    }
    if (source != null && !source.takes(caller.tenant())) {
      return forbidden("Send events of a tenant that this source takes.");
    }
    return source == null
        ? new Outcome.InOrder(event.of(name.get(), Optional.empty()))
        : identified(event, source);
  }

  private Optional<String> meantBy(String cloudEventSource) {
    return declared.values().stream()
        .filter(source -> cloudEventSource != null && source.isCloudEventSource(cloudEventSource))
        .map(SourceFile::source)
        .sorted()
        .findFirst();
  }

  private Outcome identified(SentEvent event, SourceFile source) {
    NotificationIdentity own = readers.get(source.source()).read(event.body());
    Optional<String> id = Optional.empty();
    Mistakes mistakes = new Mistakes(name -> name);
    Place place = source.event().id();
    if (place != null && !place.isHeader()) {
      id = valueAt(place, own.notificationId(), event.notificationId(), event);
      require(id.isPresent(), place, Event.NAME_RULE, mistakes);
    }
    place = source.event().type();
    if (place != null && !place.isHeader()) {
      Optional<String> type = valueAt(place, own.eventType(), event.eventType(), event);
      require(type.equals(Optional.of(event.eventType())), place, "the event's type", mistakes);
    }
    return mistakes.outcome(event.of(source.source(), id));
  }

  private static Optional<String> valueAt(
      Place place, Optional<String> inBody, String given, SentEvent event) {
    if (place.isInBody()) {
      return inBody;
    }
    return switch (place.attribute()) {
      case "notification_id", "event_type" -> Optional.of(given);
      default ->
          Optional.ofNullable(event.attributes().get(place.attribute())).filter(Event::isName);
    };
  }

  private static void require(boolean isKept, Place place, String rule, Mistakes mistakes) {
    if (!isKept) {
      String within = place.isInBody() ? place.pointer().toString() : place.attribute();
      mistakes.add(within, "must be " + rule);
    }
  }

  private static Outcome forbidden(String detail) {
    return new Outcome.Refused(Problem.of(ProblemType.FORBIDDEN, detail));
  }
}
