package dev.tidegate.pubsub;

import com.google.gson.JsonObject;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.annotation.Nullable;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.UnframedGrpcErrorHandler;
import com.linecorp.armeria.server.grpc.UnframedGrpcStatusMappingFunction;
import io.grpc.Status;

/**
 * Errors over REST as Google's APIs word them, {@code {"error": {"code", "message", "status"}}}:
 * their client libraries decide by it whether to try again.
 *
 * <p>It stands at both places where errors leave: the services' own, and the server's, for requests
 * that never reach a service (malformed JSON, unknown paths).
 */
final class ErrorJson implements UnframedGrpcErrorHandler, ServerErrorHandler {

  @Override
  public HttpResponse handle(
      ServiceRequestContext context, Status status, AggregatedHttpResponse response) {
    String name = status.getCode().name();
    return render(
            UnframedGrpcStatusMappingFunction.of().apply(context, status, status.getCause()),
            name,
            message(status.getDescription(), name))
        .toHttpResponse();
  }

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext context, Throwable cause) {
    // To the server's default, which ends in renderStatus.
    return null;
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext context,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    String message = cause == null ? description : cause.getMessage();
    return render(status, name(status), message(message, status.reasonPhrase()));
  }

  private static String message(@Nullable String message, String otherwise) {
    return message == null || message.isEmpty() ? otherwise : message;
  }

  private static AggregatedHttpResponse render(HttpStatus http, String status, String message) {
    JsonObject error = new JsonObject();
    error.addProperty("code", http.code());
    error.addProperty("message", message);
    error.addProperty("status", status);
    JsonObject body = new JsonObject();
    body.add("error", error);
    return AggregatedHttpResponse.of(http, MediaType.JSON_UTF_8, body.toString());
  }

  private static String name(HttpStatus status) {
    return switch (status.code()) {
      case 400, 413 -> Status.Code.INVALID_ARGUMENT.name();
      case 404 -> Status.Code.NOT_FOUND.name();
      case 405 -> Status.Code.UNIMPLEMENTED.name();
      case 503 -> Status.Code.UNAVAILABLE.name();
      default ->
          status.isClientError()
              ? Status.Code.FAILED_PRECONDITION.name()
              : Status.Code.INTERNAL.name();
    };
  }
}
