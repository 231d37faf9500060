package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads CloudEvents in binary mode (CloudEvents 1.0.2, "HTTP Protocol Binding", 3.1): headers
 * {@code ce-*} are the attributes, {@code Content-Type} is {@code datacontenttype}, and the body is
 * the data, byte for byte. An event without data has an empty object for a body.
 */
final class BinaryCloudEvents {
  private static final String DATA_CONTENT_TYPE = "datacontenttype";

  private BinaryCloudEvents() {}

  /** The event that {@code headers} and {@code content} are; empty where there are mistakes. */
  static Optional<SentEvent> read(
      NotificationIds ids, RequestHeaders headers, byte[] content, Instant now, Mistakes mistakes)
      throws IOException {
    Map<String, String> attributes = attributes(headers, mistakes);
    CloudEventAttributes.check(
        attributes,
        name ->
            name.equals(DATA_CONTENT_TYPE) ? "Content-Type" : CloudEventAttributes.PREFIX + name,
        now,
        mistakes);
    byte[] body = content.length == 0 ? JsonObjects.empty() : content;
    JsonObjects.check(body, mistakes);
    return mistakes.isEmpty()
        ? Optional.of(CloudEventAttributes.event(ids, attributes, body))
        : Optional.empty();
  }

  private static Map<String, String> attributes(RequestHeaders headers, Mistakes mistakes) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (CharSequence headerName : headers.names()) {
      String header = headerName.toString();
      if (header.startsWith(CloudEventAttributes.PREFIX)) {
        List<String> values = headers.getAll(header);
        Optional<String> value = HeaderText.decode(values.get(0));
        if (values.size() > 1) {
          mistakes.add(header, "must be there once");
        } else if (value.isEmpty()) {
          mistakes.add(header, "must be UTF-8 in percent-encoding");
        } else {
          attributes.put(header.substring(CloudEventAttributes.PREFIX.length()), value.get());
        }
      }
    }
    String contentType = headers.get(HttpHeaderNames.CONTENT_TYPE);
    if (attributes.containsKey(DATA_CONTENT_TYPE)) {
      mistakes.add("ce-datacontenttype", "must be left out: Content-Type says it");
    } else if (contentType != null) {
      attributes.put(DATA_CONTENT_TYPE, contentType);
    }
    return attributes;
  }
}
