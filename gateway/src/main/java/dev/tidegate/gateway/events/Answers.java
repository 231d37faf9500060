package dev.tidegate.gateway.events;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The answers to events. Problems are left to the server's error handler, which knows requests. */
final class Answers {
  private Answers() {}

  /** To a single event. */
  static HttpResponse of(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      return HttpResponse.ofFailure(refused.problem().asException());
    }
    String eventId = ((Outcome.Accepted) outcome).eventId();
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("success", true);
    json.put("eventId", eventId);
    json.put("message", "The event is safe, and will be processed.");
    ResponseHeadersBuilder headers = ResponseHeaders.builder(HttpStatus.ACCEPTED);
    headers.set(HttpHeaderNames.LOCATION, "/events/" + eventId);
    return answer(headers, json);
  }

  /**
   * To a batch: 202 if all were accepted; 503 if none was, and all may be accepted later; otherwise
   * 207.
   */
  static HttpResponse of(List<Outcome> outcomes) {
    List<Problem> problems =
        outcomes.stream()
            .filter(Outcome.Refused.class::isInstance)
            .map(outcome -> ((Outcome.Refused) outcome).problem())
            .toList();
    if (problems.size() == outcomes.size()
        && problems.stream().allMatch(problem -> problem.type() == ProblemType.UNAVAILABLE)) {
      return HttpResponse.ofFailure(problems.get(0).asException());
    }
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(problems.isEmpty() ? HttpStatus.ACCEPTED : HttpStatus.MULTI_STATUS);
    longestWait(problems)
        .ifPresent(
            wait -> headers.setLong(HttpHeaderNames.RETRY_AFTER, Math.max(1, wait.toSeconds())));
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("success", problems.isEmpty());
    json.put("accepted", outcomes.size() - problems.size());
    json.put("refused", problems.size());
    ArrayNode results = json.putArray("results");
    for (Outcome outcome : outcomes) {
      ObjectNode result = results.addObject();
      result.put("index", results.size() - 1);
      if (outcome instanceof Outcome.Accepted accepted) {
        result.put("success", true).put("eventId", accepted.eventId());
      } else if (outcome instanceof Outcome.Refused refused) {
        result.put("success", false).set("problem", refused.problem().toJson());
      }
    }
    return answer(headers, json);
  }

  private static Optional<Duration> longestWait(List<Problem> problems) {
    return problems.stream()
        .flatMap(problem -> problem.retryAfter().stream())
        .max(Comparator.naturalOrder())
        .map(wait -> wait.plusMillis(999));
  }

  private static HttpResponse answer(ResponseHeadersBuilder headers, ObjectNode json) {
    headers.contentType(MediaType.JSON);
    return HttpResponse.of(
        headers.build(), HttpData.wrap(Json.write(json).getBytes(StandardCharsets.UTF_8)));
  }
}
