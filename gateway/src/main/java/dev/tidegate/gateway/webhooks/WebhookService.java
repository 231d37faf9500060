package dev.tidegate.gateway.webhooks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.common.util.ThreadFactories;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.ContentEncoding;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.RequestBodies;
import dev.tidegate.gateway.http.RequestId;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.observe.RejectionReason;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.Acceptance.Published;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.Verification.Verified;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.NotificationIdentity;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives a webhook: from an allowed address, of a bounded size, with a valid signature, and such
 * that the pipeline can read it. It is answered 202 once it is durable, and never before.
 */
final class WebhookService implements HttpService {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookService.class);

  /** A larger body would hold up its thread's other connections while it is verified and read. */
  private static final int LARGEST_AT_ONCE = 64 << 10;

  /**
   * Leaves half of the processors to everybody else. What waits is bounded by the bodies' budget.
   */
  private static final Executor LARGE_BODIES =
      Executors.newFixedThreadPool(
          Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
          ThreadFactories.newThreadFactory("large-webhooks", true));

  private final Map<String, WebhookReceiver> receivers;
  private final EventPublisher publisher;
  private final EventToken eventTokens;
  private final ClientAddress clientAddress;
  private final GatewayMetrics metrics;
  private final Clock clock;

  WebhookService(
      Map<String, WebhookReceiver> receivers,
      EventPublisher publisher,
      EventToken eventTokens,
      ClientAddress clientAddress,
      GatewayMetrics metrics,
      Clock clock) {
    this.receivers = Map.copyOf(receivers);
    this.publisher = publisher;
    this.eventTokens = eventTokens;
    this.clientAddress = clientAddress;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    WebhookReceiver receiver = receivers.get(context.pathParam(WebhookRoutes.NAME));
    if (receiver == null) {
      throw Problem.of(ProblemType.NOT_FOUND, "There is no such webhook endpoint.").asException();
    }
    InetAddress address = clientAddress.of(context);
    if (!receiver.allows(address)) {
      throw rejected(
          context,
          receiver,
          RejectionReason.ADDRESS,
          "not_allowed",
          Problem.of(ProblemType.FORBIDDEN, "Webhooks are not taken from this address."));
    }
    Optional<Problem> encoded = ContentEncoding.problemOf(request.headers());
    if (encoded.isPresent()) {
      throw rejected(context, receiver, RejectionReason.INVALID, "content_encoding", encoded.get());
    }
    if (request.headers().contentLength() > receiver.maxBodyBytes()) {
      throw tooLarge(context, receiver);
    }
    RequestBodies.limit(context, receiver.maxBodyBytes());
    return HttpResponse.of(
        request
            .aggregate()
            .exceptionally(
                failure -> {
                  throw incomplete(context, receiver, Exceptions.peel(failure));
                })
            .thenCompose(
                whole -> {
                  byte[] body = whole.content().array();
                  return body.length <= LARGEST_AT_ONCE
                      ? receive(context, receiver, address, request.headers(), body)
                      : CompletableFuture.supplyAsync(
                              () -> receive(context, receiver, address, request.headers(), body),
                              context.makeContextAware(LARGE_BODIES))
                          .thenCompose(Function.identity());
                }));
  }

  private CompletableFuture<HttpResponse> receive(
      ServiceRequestContext context,
      WebhookReceiver receiver,
      InetAddress address,
      RequestHeaders headers,
      byte[] body) {
    Instant now = clock.instant();
    Verification verification = receiver.verify(headers, body, now);
    if (verification instanceof Failed failed) {
      throw rejected(
          context,
          receiver,
          RejectionReason.SIGNATURE,
          failed.label(),
          Problem.of(ProblemType.INVALID_SIGNATURE, receiver.signatureRule()));
    }
    Optional<String> challenge = receiver.challenge(body);
    if (challenge.isPresent()) {
      ObjectNode answer = Json.mapper().createObjectNode().put("challenge", challenge.get());
      return CompletableFuture.completedFuture(
          HttpResponse.of(HttpStatus.OK, MediaType.JSON, Json.write(answer)));
    }
    String tenant = ((Verified) verification).tenant();
    NotificationIdentity notification = read(context, receiver, headers, body);
    Map<String, String> attributes =
        WebhookAttributes.of(
            tenant, receiver.source(), notification, context, now, address, headers);
    attributes.putAll(receiver.kept(headers));
    // Made before: the thread that brings the answer of Pub/Sub has that of many requests to give.
    String eventId =
        eventTokens.of(tenant, receiver.source(), notification.notificationId().orElseThrow());
    return publisher
        .publish(new OutgoingEvent(body, attributes))
        .handle(
            (acceptance, failure) -> {
              if (failure != null) {
                throw unpublished(context, receiver, Exceptions.peel(failure));
              }
              metrics.accepted(receiver.source());
              return accepted(eventId, acceptance);
            });
  }

  private NotificationIdentity read(
      ServiceRequestContext context, WebhookReceiver receiver, HttpHeaders headers, byte[] body) {
    try {
      return receiver.read(headers, body);
    } catch (ProblemException unreadable) {
      throw rejected(
          context, receiver, RejectionReason.INVALID, "unreadable", unreadable.problem());
    }
  }

  private static HttpResponse accepted(String eventId, Acceptance acceptance) {
    ObjectNode answer = Json.mapper().createObjectNode().put("success", true);
    answer.put("eventId", eventId);
    answer.put(
        "message",
        acceptance instanceof Published
            ? "The event was accepted."
            : "The event was accepted, and waits to be published.");
    return HttpResponse.of(HttpStatus.ACCEPTED, MediaType.JSON, Json.write(answer));
  }

  private ProblemException incomplete(
      ServiceRequestContext context, WebhookReceiver receiver, Throwable failure) {
    if (failure instanceof ContentTooLargeException) {
      return tooLarge(context, receiver);
    }
    if (failure instanceof ProblemException evicted) {
      return rejected(context, receiver, RejectionReason.UNAVAILABLE, "no_room", evicted.problem());
    }
    Problem problem =
        failure instanceof RequestTimeoutException
            ? Problem.of(ProblemType.REQUEST_TIMEOUT, "Send the whole request at once.")
            : Problem.of(ProblemType.INVALID_REQUEST, "The body did not arrive whole.");
    return rejected(context, receiver, RejectionReason.INVALID, "incomplete", problem);
  }

  private ProblemException tooLarge(ServiceRequestContext context, WebhookReceiver receiver) {
    return rejected(
        context,
        receiver,
        RejectionReason.TOO_LARGE,
        "too_large",
        Problem.of(
            ProblemType.CONTENT_TOO_LARGE,
            "Send at most %d bytes.".formatted(receiver.maxBodyBytes())));
  }

  private RuntimeException unpublished(
      ServiceRequestContext context, WebhookReceiver receiver, Throwable failure) {
    if (failure instanceof ProblemException unavailable) {
      return rejected(
          context, receiver, RejectionReason.UNAVAILABLE, "unpublished", unavailable.problem());
    }
    return new IllegalStateException("an event could not be published", failure);
  }

  /** Counts and logs it, without the body, its signature, or anything else of the sender's. */
  private ProblemException rejected(
      ServiceRequestContext context,
      WebhookReceiver receiver,
      RejectionReason reason,
      String detail,
      Problem problem) {
    metrics.rejected(reason);
    LOG.atWarn()
        .addKeyValue("event", "webhook_rejected")
        .addKeyValue("reason", reason.label())
        .addKeyValue("detail", detail)
        .addKeyValue("endpoint", receiver.name())
        .addKeyValue("request_id", RequestId.made(context))
        .addKeyValue("client_request_id", RequestId.chosen(context).orElse(""))
        .log("a webhook was rejected");
    return problem.asException();
  }
}
