package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.identity.Caller;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Microseconds;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Adds to what a caller has sent whose it is, and how it came. */
final class OutgoingEvents {
  /** The {@code source} of all of them: which handlers there are for them. */
  static final String SOURCE = "application";

  private static final String CLOUD_EVENTS_SUBJECT = "ce-subject";
  private static final String CLOUD_EVENTS_TRACEPARENT = "ce-traceparent";
  private static final String TRACEPARENT_HEADER = "traceparent";

  /** W3C Trace Context, version 00. */
  private static final Pattern TRACEPARENT =
      Pattern.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

  private final Caller caller;
  private final Map<String, String> ofRequest = new HashMap<>();

  /**
   * @param requestId of the request, which logs know it by
   */
  OutgoingEvents(Caller caller, RequestHeaders headers, String requestId) {
    this.caller = caller;
    put(ofRequest, EventAttributes.SOURCE, SOURCE);
    put(ofRequest, EventAttributes.TENANT_ID, caller.tenant());
    caller.subject().ifPresent(subject -> put(ofRequest, EventAttributes.SUBJECT, subject));
    put(ofRequest, EventAttributes.REQUEST_ID, requestId);
    Instant now = Microseconds.toInstant(Microseconds.of(Instant.now()));
    put(ofRequest, EventAttributes.RECEIVED_AT, now.toString());
    String userAgent = headers.get(HttpHeaderNames.USER_AGENT, "");
    if (!userAgent.isBlank()) {
      put(ofRequest, EventAttributes.USER_AGENT, AttributeLimits.trimmed(userAgent));
    }
    String traceparent = headers.get(TRACEPARENT_HEADER, "");
    if (TRACEPARENT.matcher(traceparent).matches()) {
      put(ofRequest, EventAttributes.TRACEPARENT, traceparent);
    }
  }

  /** The message of {@code event}. What the gateway says outranks what was sent. */
  OutgoingEvent of(SentEvent event) {
    Map<String, String> attributes = new HashMap<>(event.attributes());
    attributes.putAll(ofRequest);
    put(attributes, EventAttributes.NOTIFICATION_ID, event.notificationId());
    put(attributes, EventAttributes.EVENT_TYPE, event.eventType());
    put(attributes, EventAttributes.CONTENT_TYPE, event.contentType());
    if (event.attributes().containsKey(CLOUD_EVENTS_TRACEPARENT)) {
      // A CloudEvent's own is where it began; the request's is only how it came here.
      attributes.remove(EventAttributes.TRACEPARENT.attribute());
    }
    if (caller.subject().isEmpty()) {
      // Without a subject of the caller's, the pipeline would take it for whose event it is.
      attributes.remove(CLOUD_EVENTS_SUBJECT);
    }
    return new OutgoingEvent(event.body(), attributes);
  }

  private static void put(Map<String, String> attributes, EventAttributes attribute, String value) {
    attributes.put(attribute.attribute(), value);
  }
}
