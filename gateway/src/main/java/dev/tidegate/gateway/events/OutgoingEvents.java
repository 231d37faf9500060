package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.RequestId;
import dev.tidegate.gateway.http.TraceParent;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Microseconds;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Adds to what a caller has sent whose it is, and how it came. */
final class OutgoingEvents {
  /** The {@code source} of those that name none. */
  static final String SOURCE = "application";

  private static final String CLOUD_EVENTS_SUBJECT = "ce-subject";
  private static final String CLOUD_EVENTS_TRACEPARENT = "ce-traceparent";

  private final Caller caller;
  private final Map<String, String> ofRequest = new HashMap<>();

  /**
   * @param caller who sent them
   * @param context of the request they came in
   */
  OutgoingEvents(Caller caller, ServiceRequestContext context) {
    this.caller = caller;
    put(ofRequest, EventAttributes.TENANT_ID, caller.tenant());
    caller.subject().ifPresent(subject -> put(ofRequest, EventAttributes.SUBJECT, subject));
    put(ofRequest, EventAttributes.REQUEST_ID, RequestId.of(context));
    TraceParent.of(context.request().headers())
        .ifPresent(trace -> put(ofRequest, EventAttributes.TRACEPARENT, trace));
    Instant now = Microseconds.toInstant(Microseconds.of(Instant.now()));
    put(ofRequest, EventAttributes.RECEIVED_AT, now.toString());
    String userAgent = context.request().headers().get(HttpHeaderNames.USER_AGENT, "");
    if (!userAgent.isBlank()) {
      put(ofRequest, EventAttributes.USER_AGENT, AttributeLimits.trimmed(userAgent));
    }
  }

  /** The message of {@code event}. The gateway's own attributes replace those that were sent. */
  OutgoingEvent of(SentEvent event) {
    Map<String, String> attributes = new HashMap<>(event.attributes());
    attributes.putAll(ofRequest);
    put(attributes, EventAttributes.SOURCE, event.sourceName());
    put(attributes, EventAttributes.NOTIFICATION_ID, event.notificationId());
    put(attributes, EventAttributes.EVENT_TYPE, event.eventType());
    put(attributes, EventAttributes.CONTENT_TYPE, event.contentType());
    String began = event.attributes().get(CLOUD_EVENTS_TRACEPARENT);
    if (began != null && TraceParent.isValid(began)) {
      // A CloudEvent's own is where it began, the request's only how it came here; and ours would
      // outrank it.
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
