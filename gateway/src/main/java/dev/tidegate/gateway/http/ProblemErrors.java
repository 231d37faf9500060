package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.annotation.Nullable;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every failure as a {@link Problem}, those that the HTTP server finds itself too. */
final class ProblemErrors implements ServerErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemErrors.class);

  private static final Pattern QUERY = Pattern.compile("\\?.*");

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  @Override
  public HttpResponse onServiceException(ServiceRequestContext context, Throwable thrown) {
    Throwable cause = Exceptions.peel(thrown);
    if (cause instanceof ProblemException expected) {
      return expected.problem().toResponse(context);
    }
    if (isTooLarge(thrown)) {
      return Problem.of(
              ProblemType.CONTENT_TOO_LARGE,
              "Send at most %d bytes.".formatted(context.maxRequestLength()))
          .toResponse(context);
    }
    if (cause instanceof RequestTimeoutException) {
      if (!RequestBodies.isIncomplete(context)) {
        // All of it had come: it was us who took too long.
        return Problem.of(ProblemType.UNAVAILABLE, "It took too long. Try again later.")
            .retryAfter(RETRY_AFTER)
            .toResponse(context);
      }
      return Problem.of(ProblemType.REQUEST_TIMEOUT, "Send the whole request at once.")
          .toResponse(context);
    }
    if (cause instanceof HttpStatusException status) {
      return renderStatus(
              context,
              context.config(),
              context.request().headers(),
              status.httpStatus(),
              null,
              null)
          .toHttpResponse();
    }
    if (Exceptions.isStreamCancelling(cause) || Exceptions.isExpected(cause)) {
      // The client has gone: nobody reads this.
      LOG.debug("a request was broken off", cause);
      return Problem.of(ProblemType.INVALID_REQUEST, "The body did not arrive whole.")
          .toResponse(context);
    }
    LOG.error("a request failed: {}", context.config().route().patternString(), cause);
    return Problem.of(ProblemType.INTERNAL, "The gateway's log has the details.")
        .toResponse(context);
  }

  /** What breaks HTTP is the client's mistake, though the server calls some of it 500 or 501. */
  @Override
  public AggregatedHttpResponse onProtocolViolation(
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    return renderStatus(
        null,
        config,
        headers,
        status.isServerError() ? HttpStatus.BAD_REQUEST : status,
        description,
        cause);
  }

  /** Whether a body was cut off for its size; the server wraps that into an answer of its own. */
  private static boolean isTooLarge(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ContentTooLargeException) {
        return true;
      }
    }
    return false;
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext context,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    if (status.equals(HttpStatus.METHOD_NOT_ALLOWED)) {
      return methodNotAllowed(context, config, headers);
    }
    for (ProblemType type : ProblemType.values()) {
      if (type.status().equals(status) && type != ProblemType.INVALID_SIGNATURE) {
        return Problem.of(type, type.title() + ".").toAggregatedResponse(context);
      }
    }
    ProblemType nearest =
        status.isServerError() ? ProblemType.INTERNAL : ProblemType.INVALID_REQUEST;
    return Problem.of(nearest, status.reasonPhrase() + ".").toAggregatedResponse(context);
  }

  private static AggregatedHttpResponse methodNotAllowed(
      @Nullable ServiceRequestContext context,
      ServiceConfig config,
      @Nullable RequestHeaders headers) {
    String path = headers == null ? "" : QUERY.matcher(headers.path()).replaceFirst("");
    Set<HttpMethod> methods = RoutePattern.methodsAt(path, config.server().serviceConfigs());
    if (methods.isEmpty()) {
      return Problem.of(ProblemType.NOT_FOUND, ProblemType.NOT_FOUND.title() + ".")
          .toAggregatedResponse(context);
    }
    String allowed =
        methods.stream().map(HttpMethod::name).sorted().collect(Collectors.joining(", "));
    AggregatedHttpResponse response =
        Problem.of(ProblemType.METHOD_NOT_ALLOWED, "The methods here are: %s.".formatted(allowed))
            .toAggregatedResponse(context);
    return AggregatedHttpResponse.of(
        response.headers().withMutations(with -> with.set(HttpHeaderNames.ALLOW, allowed)),
        response.content());
  }
}
