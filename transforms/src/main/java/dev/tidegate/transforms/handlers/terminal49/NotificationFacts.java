package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a notification is about. The subject, which the notification refers to, is asked first; then
 * what the subject points to; and last whether the notification names just one resource of a type
 * at all. If it names several and none is its subject's, it is about none of them.
 *
 * <p>The time is the subject's {@code timestamp}, or {@code estimated_timestamp}: when a milestone
 * happened, when an estimated one is expected, and when a changed deadline was noticed. It is what
 * the tables for applications call {@code event_timestamp}; where it is null there, or cannot be
 * read, it is not known here either. Subjects of a kind that has no such attribute, as tracking
 * requests and documents, and those that are not included: the notification's {@code created_at}.
 * It was made when they changed, while a request's own {@code updated_at} may be later than the
 * notification.
 */
final class NotificationFacts {
  private static final String TIMESTAMP = "timestamp";
  private static final String ESTIMATED_TIMESTAMP = "estimated_timestamp";
  private static final String SHIPMENT = "shipment";
  private static final String CONTAINER = "container";
  private static final String TRACKING_REQUEST = "tracking_request";

  private final JsonApiDocument document;
  private final Instant receivedAt;
  private final Optional<ResourceId> subject;

  private NotificationFacts(JsonApiDocument document, Instant receivedAt) {
    this.document = document;
    this.receivedAt = receivedAt;
    Resource notification = document.notification();
    subject = notification.target("reference_object").or(() -> notification.target("document"));
  }

  /** The facts of {@code event}, whatever its body is. */
  static EventFacts of(RawEvent event) {
    try {
      return new NotificationFacts(JsonApiDocument.of(event, event.json()), event.receivedAt())
          .read();
    } catch (JsonProcessingException | RuntimeException unreadable) {
      // Decoding will say what is wrong; nothing must keep the archive from taking the event.
      return EventFacts.NONE;
    }
  }

  /** What people look for the notification by. */
  static Map<String, String> keysOf(RawEvent event) {
    try {
      return keysOf(JsonApiDocument.of(event, event.json()));
    } catch (JsonProcessingException | RuntimeException unreadable) {
      return Map.of();
    }
  }

  /**
   * What people look for the notification {@code document} by. By the IDs of containers, shipments
   * and the like it is found as well: they are the keys of its rows.
   */
  static Map<String, String> keysOf(JsonApiDocument document) {
    NotificationFacts facts = new NotificationFacts(document, Version.UNKNOWN_TIME);
    Optional<ResourceId> container = facts.container();
    Optional<ResourceId> shipment = facts.shipment(container);
    Map<String, String> keys = new TreeMap<>();
    facts.containerNumber(container).ifPresent(number -> keys.put("container_number", number));
    facts.billOfLading(shipment).ifPresent(number -> keys.put("bill_of_lading", number));
    return keys;
  }

  private EventFacts read() {
    Optional<ResourceId> container = container();
    Optional<ResourceId> shipment = shipment(container);
    return new EventFacts(
        asOf(),
        timestamp(),
        subject
            .flatMap(document::find)
            .flatMap(found -> time(found.attributes(), "invalidated_at")),
        shipment.map(ResourceId::id),
        container.or(() -> onlyContainerOf(shipment)).map(ResourceId::id),
        trackingRequest().map(ResourceId::id),
        billOfLading(shipment),
        containerNumber(container));
  }

  private Optional<String> billOfLading(Optional<ResourceId> shipment) {
    return textOf(shipment, "bill_of_lading_number").or(() -> requestedNumber("bill_of_lading"));
  }

  private Optional<String> containerNumber(Optional<ResourceId> container) {
    return textOf(container, "number").or(() -> requestedNumber(CONTAINER));
  }

  private Optional<ResourceId> trackingRequest() {
    return subject(TRACKING_REQUEST).or(() -> onlyIncluded(TRACKING_REQUEST));
  }

  private Optional<Instant> asOf() {
    return time(document.notification().attributes(), "created_at")
        .filter(time -> Version.isPlausible(time, receivedAt));
  }

  private Optional<Instant> timestamp() {
    Optional<JsonNode> said = subject.flatMap(document::find).map(Resource::attributes);
    if (said.filter(has -> has.has(TIMESTAMP) || has.has(ESTIMATED_TIMESTAMP)).isEmpty()) {
      return asOf();
    }
    return said.flatMap(has -> time(has, TIMESTAMP).or(() -> time(has, ESTIMATED_TIMESTAMP)));
  }

  private Optional<ResourceId> container() {
    return subject(CONTAINER)
        .or(() -> targetOf(subject, CONTAINER, CONTAINER))
        .or(() -> onlyTargetOf(subject, "cargos", CONTAINER))
        .or(() -> onlyIncluded(CONTAINER));
  }

  private Optional<ResourceId> shipment(Optional<ResourceId> container) {
    return subject(SHIPMENT)
        .or(() -> targetOf(subject, SHIPMENT, SHIPMENT))
        .or(() -> targetOf(subject, "tracked_object", SHIPMENT))
        .or(() -> onlyTargetOf(subject, "shipments", SHIPMENT))
        .or(() -> targetOf(container, SHIPMENT, SHIPMENT))
        .or(() -> onlyIncluded(SHIPMENT));
  }

  private Optional<ResourceId> onlyContainerOf(Optional<ResourceId> shipment) {
    return onlyTargetOf(shipment, "containers", CONTAINER);
  }

  private Optional<ResourceId> subject(String type) {
    return subject.filter(id -> id.type().equals(type));
  }

  private Optional<ResourceId> targetOf(
      Optional<ResourceId> resource, String relationship, String type) {
    return resource
        .flatMap(document::find)
        .flatMap(found -> found.target(relationship))
        .filter(target -> target.type().equals(type));
  }

  private Optional<ResourceId> onlyTargetOf(
      Optional<ResourceId> resource, String relationship, String type) {
    List<ResourceId> targets =
        resource
            .flatMap(document::find)
            .flatMap(found -> found.relationships(relationship))
            .orElse(List.of());
    return only(targets.stream(), type);
  }

  private Optional<ResourceId> onlyIncluded(String type) {
    return only(document.included().stream().map(Resource::id), type);
  }

  private static Optional<ResourceId> only(Stream<ResourceId> ids, String type) {
    Set<ResourceId> ofType = new HashSet<>();
    ids.filter(id -> id.type().equals(type)).forEach(ofType::add);
    return ofType.size() == 1 ? Optional.of(ofType.iterator().next()) : Optional.empty();
  }

  /**
   * The number that was asked to be tracked, before there is a shipment or where none was found.
   */
  private Optional<String> requestedNumber(String requestType) {
    Optional<ResourceId> request = trackingRequest();
    return textOf(request, "request_type").equals(Optional.of(requestType))
        ? textOf(request, "request_number")
        : Optional.empty();
  }

  /** A number is a text to us, however it is written. */
  private Optional<String> textOf(Optional<ResourceId> resource, String attribute) {
    return resource
        .flatMap(document::find)
        .map(found -> found.attributes().path(attribute))
        .filter(value -> value.isTextual() || value.isNumber())
        .map(JsonNode::asText)
        .filter(text -> !text.isBlank());
  }

  private static Optional<Instant> time(JsonNode attributes, String name) {
    JsonNode time = attributes.path(name);
    return time.isTextual() ? Rfc3339.parse(time.textValue()) : Optional.empty();
  }
}
