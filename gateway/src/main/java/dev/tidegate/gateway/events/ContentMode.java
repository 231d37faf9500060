package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.http.ContentEncoding;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import java.util.List;
import java.util.Locale;
import org.checkerframework.checker.nullness.qual.Nullable;

/** What a request's body is, by its headers: Tidegate's own format, or CloudEvents in a mode. */
enum ContentMode {
  EVENT,
  EVENT_BATCH,
  /** Attributes in headers {@code ce-*}, and the body is the data. */
  BINARY_CLOUD_EVENT,
  STRUCTURED_CLOUD_EVENT,
  CLOUD_EVENT_BATCH;

  private static final String CLOUD_EVENT_SUBTYPE = "cloudevents+json";
  private static final String CLOUD_EVENT_BATCH_SUBTYPE = "cloudevents-batch+json";
  private static final String CLOUD_EVENTS = "cloudevents";

  /**
   * Any of these makes it a CloudEvent: a sender that sends one and forgets another gets an error.
   */
  private static final List<String> REQUIRED_HEADERS =
      List.of("ce-specversion", "ce-id", "ce-source", "ce-type");

  /**
   * The mode of a request with {@code headers}.
   *
   * @param isForBatches whether it was sent to {@code /events/batch}
   * @throws ProblemException {@code UNSUPPORTED_MEDIA_TYPE} if it is not one that is accepted there
   */
  static ContentMode of(RequestHeaders headers, boolean isForBatches) {
    ContentEncoding.problemOf(headers)
        .ifPresent(
            problem -> {
              throw problem.asException();
            });
    MediaType type = headers.contentType();
    boolean isBinary =
        !isCloudEvents(type) && REQUIRED_HEADERS.stream().anyMatch(name -> headers.contains(name));
    if (type == null && headers.contains(HttpHeaderNames.CONTENT_TYPE)) {
      // It is there, and is none.
      throw notTaken(isForBatches);
    }
    if (type != null && !charset(type).equals("utf-8")) {
      throw notTaken("Send JSON in UTF-8.");
    }
    if (isSubtype(type, CLOUD_EVENT_BATCH_SUBTYPE)) {
      return CLOUD_EVENT_BATCH;
    }
    if (isSubtype(type, CLOUD_EVENT_SUBTYPE) && !isForBatches) {
      return STRUCTURED_CLOUD_EVENT;
    }
    if (isBinary && !isForBatches && (type == null || isJson(type))) {
      return BINARY_CLOUD_EVENT;
    }
    if (!isBinary && isSubtype(type, "json")) {
      return isForBatches ? EVENT_BATCH : EVENT;
    }
    throw notTaken(isForBatches);
  }

  /** Whether the body is a CloudEvents batch, which {@code /events} takes as well. */
  static boolean isCloudEventBatch(RequestHeaders headers) {
    return isSubtype(headers.contentType(), CLOUD_EVENT_BATCH_SUBTYPE);
  }

  /** Whether {@code type} is JSON, or a format that is written in it. */
  static boolean isJson(MediaType type) {
    return isSubtype(type, "json") || (type.subtype().endsWith("+json") && !isCloudEvents(type));
  }

  boolean isBatch() {
    return this == EVENT_BATCH || this == CLOUD_EVENT_BATCH;
  }

  private static boolean isCloudEvents(@Nullable MediaType type) {
    return type != null && type.subtype().startsWith(CLOUD_EVENTS);
  }

  private static boolean isSubtype(@Nullable MediaType type, String subtype) {
    return type != null && type.type().equals("application") && type.subtype().equals(subtype);
  }

  private static String charset(MediaType type) {
    List<String> charsets = type.parameters().getOrDefault("charset", List.of("utf-8"));
    return String.join(",", charsets).toLowerCase(Locale.ROOT);
  }

  private static ProblemException notTaken(boolean isForBatches) {
    return notTaken(
        isForBatches
            ? "Send application/json or application/cloudevents-batch+json."
            : "Send application/json, application/cloudevents+json,"
                + " application/cloudevents-batch+json, or JSON with headers ce-*.");
  }

  private static ProblemException notTaken(String detail) {
    return Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, detail).asException();
  }
}
