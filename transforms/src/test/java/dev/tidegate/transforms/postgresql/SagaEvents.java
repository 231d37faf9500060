package dev.tidegate.transforms.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventSources;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * An event as a pipeline reads it: a sender's, or one that Tidegate made itself.
 *
 * @param type the event's type
 * @param id its notification ID
 * @param at its time
 * @param own whether Tidegate made it
 * @param body its body
 */
public record SagaEvents(String type, String id, Instant at, boolean own, ObjectNode body) {
  private static final Instant RECEIVED = Instant.parse("2026-05-01T12:00:00Z");

  /** A sender's event. */
  public static SagaEvents sent(String type, String id, Instant at, ObjectNode body) {
    return new SagaEvents(type, id, at, false, body);
  }

  /** An event that tells an instance of its own tasks, deadlines or operators. */
  public static SagaEvents own(
      String type, String id, Instant at, String saga, String instance, ObjectNode body) {
    return new SagaEvents(
        type, id, at, true, body.deepCopy().put("saga", saga).put("instance", instance));
  }

  /** The event of a tenant, ready to be written. */
  public EventWriter.Entry entry(
      EventSources sources, String source, String tenant, Map<String, String> more) {
    Map<String, String> attributes = new HashMap<>(more);
    attributes.put("ce-time", at.toString());
    attributes.put(EventAttributes.RECEIVED_AT.attribute(), RECEIVED.toString());
    if (own) {
      attributes.put(
          EventAttributes.CAUSATION_ID.attribute(), EventId.of(tenant, source, "cause").toString());
      attributes.put(EventAttributes.CAUSATION_DEPTH.attribute(), "1");
    }
    RawEvent raw =
        sources.identify(
            RawEvent.builder()
                .tenantId(tenant)
                .source(source)
                .notificationId(id)
                .eventType(type)
                .messageId("m-" + id)
                .publishTime(RECEIVED)
                .attributes(attributes)
                .body(Json.write(body).getBytes(UTF_8))
                .build());
    sources.validate(raw);
    return new EventWriter.Entry(sources.transform(raw).withoutPayload(), RECEIVED);
  }
}
