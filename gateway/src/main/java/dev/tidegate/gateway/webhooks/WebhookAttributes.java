package dev.tidegate.gateway.webhooks;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.RequestContext;
import dev.tidegate.gateway.http.RequestId;
import dev.tidegate.gateway.http.TraceParent;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.NotificationIdentity;
import java.net.InetAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;

/** The attributes of a webhook's message. */
final class WebhookAttributes {
  private WebhookAttributes() {}

  /**
   * The attributes of a verified request, within Pub/Sub's limits: names and IDs are, and texts
   * that only describe are trimmed.
   */
  static Map<String, String> of(
      String tenant,
      String source,
      NotificationIdentity notification,
      RequestContext context,
      Instant receivedAt,
      InetAddress address,
      HttpHeaders headers) {
    Map<String, String> attributes = new HashMap<>();
    put(attributes, EventAttributes.TENANT_ID, tenant);
    put(attributes, EventAttributes.SOURCE, source);
    notification
        .notificationId()
        .ifPresent(id -> put(attributes, EventAttributes.NOTIFICATION_ID, id));
    notification.eventType().ifPresent(type -> put(attributes, EventAttributes.EVENT_TYPE, type));
    put(attributes, EventAttributes.REQUEST_ID, RequestId.of(context));
    put(
        attributes,
        EventAttributes.RECEIVED_AT,
        receivedAt.truncatedTo(ChronoUnit.MICROS).toString());
    put(attributes, EventAttributes.SIGNATURE_VALID, "true");
    put(attributes, EventAttributes.SOURCE_IP, address.getHostAddress());
    describe(attributes, EventAttributes.CONTENT_TYPE, headers.get(HttpHeaderNames.CONTENT_TYPE));
    describe(attributes, EventAttributes.USER_AGENT, headers.get(HttpHeaderNames.USER_AGENT));
    TraceParent.of(headers).ifPresent(trace -> put(attributes, EventAttributes.TRACEPARENT, trace));
    return attributes;
  }

  private static void describe(
      Map<String, String> attributes, EventAttributes attribute, String text) {
    if (text != null && !text.isBlank()) {
      put(attributes, attribute, AttributeLimits.trimmed(text));
    }
  }

  private static void put(Map<String, String> attributes, EventAttributes attribute, String value) {
    attributes.put(attribute.attribute(), value);
  }
}
