package dev.tidegate.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.common.annotation.Nullable;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What went wrong with a request, as {@code application/problem+json} (RFC 9457) with {@code
 * errors[]} of pointer and detail. It never quotes what a client sent, nor what a secret is.
 *
 * @param type which kind of problem
 * @param detail what to do about it, in a sentence
 * @param errors where in the request, if that can be told
 * @param retryAfter when the same request may go well; rounded up to seconds
 */
public record Problem(
    ProblemType type, String detail, List<Error> errors, Optional<Duration> retryAfter) {
  static final MediaType PROBLEM_JSON = MediaType.parse("application/problem+json");

  /**
   * One mistake.
   *
   * @param pointer a JSON pointer into the body, or a header or parameter by its name
   * @param detail what it must be
   */
  public record Error(String pointer, String detail) {}

  public Problem {
    errors = List.copyOf(errors);
  }

  public static Problem of(ProblemType type, String detail) {
    return new Problem(type, detail, List.of(), Optional.empty());
  }

  /** One mistake of a request. */
  public static ProblemException invalid(String pointer, String detail) {
    return of(ProblemType.INVALID_REQUEST, "Correct what errors names.")
        .withErrors(List.of(new Error(pointer, detail)))
        .asException();
  }

  public Problem withErrors(List<Error> found) {
    return new Problem(type, detail, found, retryAfter);
  }

  public Problem retryAfter(Duration wait) {
    return new Problem(type, detail, errors, Optional.of(wait));
  }

  /** To be thrown, where there is nothing to return. */
  public ProblemException asException() {
    return new ProblemException(this);
  }

  public ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("type", type.uri());
    json.put("title", type.title());
    json.put("status", type.status().code());
    json.put("detail", detail);
    if (!errors.isEmpty()) {
      ArrayNode list = json.putArray("errors");
      for (Error error : errors) {
        list.addObject().put("pointer", error.pointer()).put("detail", error.detail());
      }
    }
    return json;
  }

  /** The answer to the request that this thread works for, if it does for one. */
  public HttpResponse toResponse() {
    return toResponse(ServiceRequestContext.currentOrNull());
  }

  /**
   * The answer to {@code context}'s request: it names the request by its ID.
   *
   * @param context null where the request was too broken to have one
   */
  HttpResponse toResponse(@Nullable ServiceRequestContext context) {
    return toAggregatedResponse(context).toHttpResponse();
  }

  /** The same, for the server's threads, which must not wait for a response to be made whole. */
  AggregatedHttpResponse toAggregatedResponse(@Nullable ServiceRequestContext context) {
    ResponseHeadersBuilder headers = ResponseHeaders.builder(type.status());
    headers.contentType(PROBLEM_JSON);
    retryAfter.ifPresent(
        wait ->
            headers.setLong(
                HttpHeaderNames.RETRY_AFTER, Math.max(1, (wait.toMillis() + 999) / 1000)));
    if (type == ProblemType.UNAUTHENTICATED) {
      headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (type == ProblemType.UNSUPPORTED_CONTENT_ENCODING) {
      headers.set(HttpHeaderNames.ACCEPT_ENCODING, ContentEncoding.IDENTITY);
    }
    ObjectNode json = toJson();
    if (context != null) {
      json.put("requestId", RequestId.of(context));
    }
    byte[] body = Json.write(json).getBytes(StandardCharsets.UTF_8);
    return AggregatedHttpResponse.of(headers.build(), HttpData.wrap(body));
  }
}
