package dev.tidegate.schemas;

import java.util.Map;
import java.util.Optional;

/**
 * The names of Pub/Sub attributes that describe an event (docs/design.md, "Names on the wire").
 *
 * <p>Tidegate's own name outranks the CloudEvents attribute that means the same: a message that
 * carries both was described by a Tidegate gateway, which had verified what it wrote.
 */
public enum EventAttributes {
  NOTIFICATION_ID("notification_id", "ce-id"),
  EVENT_TYPE("event_type", "ce-type"),
  SOURCE("source", "ce-source"),
  TENANT_ID("tenant_id", null),
  REQUEST_ID("request_id", null),

  /**
   * When the gateway took the request. No attribute of CloudEvents means the same: {@code ce-time}
   * is when something happened.
   */
  RECEIVED_AT("received_at", null),
  SIGNATURE_VALID("signature_valid", null),
  SUBJECT("subject", "ce-subject"),
  CONTENT_TYPE("content_type", "ce-datacontenttype"),
  TRACEPARENT("traceparent", "ce-traceparent"),
  REPLAY_ID("replay_id", null),

  /** For a replay: the SHA-256 of the original body, which is part of the version. */
  BODY_SHA256("body_sha256", null),

  /** For a replay: the dead letter that it replays. */
  DEAD_LETTER_ID("dead_letter_id", null),

  /** For a replay: how often the event was tried before. */
  ATTEMPTS("attempts", null),

  /** For a replay: when Pub/Sub first took the event. */
  ORIGINAL_PUBLISH_TIME("original_publish_time", null),

  /** For a replay: which effects it may cause, as {@link EffectMode} names them. */
  EFFECTS("effects", null),

  /** For a follow-up event: the ID of the event that caused it, in the ledger. */
  CAUSATION_ID("causation_id", null),

  /** For a follow-up event: how many events before it caused one another. */
  CAUSATION_DEPTH("causation_depth", null),
  SOURCE_IP("source_ip", null),
  USER_AGENT("user_agent", null),

  /** Proves that Tidegate made the message: see {@link MessageStamp}. */
  STAMP("stamp", null);

  /** CloudEvents' attribute for when something happened; Tidegate has no name of its own for it. */
  public static final String CLOUD_EVENTS_TIME = "ce-time";

  private final String attribute;
  private final String cloudEventsAttribute;

  EventAttributes(String attribute, String cloudEventsAttribute) {
    this.attribute = attribute;
    this.cloudEventsAttribute = cloudEventsAttribute;
  }

  /** The attribute's name on the wire. */
  public String attribute() {
    return attribute;
  }

  /** This attribute's value among {@code attributes}; blank values count as absent. */
  public Optional<String> in(Map<String, String> attributes) {
    String value = attributes.get(attribute);
    if ((value == null || value.isBlank()) && cloudEventsAttribute != null) {
      value = attributes.get(cloudEventsAttribute);
    }
    return value == null || value.isBlank() ? Optional.empty() : Optional.of(value);
  }
}
