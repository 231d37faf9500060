package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.observe.RejectionReason;
import java.util.concurrent.CompletionStage;

/** Counts what was accepted and what was not: a refused request as one event. */
final class EventCounts {
  private final GatewayMetrics metrics;

  EventCounts(GatewayMetrics metrics) {
    this.metrics = metrics;
  }

  void count(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      metrics.rejected(reasonOf(refused.problem().type()));
    } else {
      metrics.accepted(OutgoingEvents.SOURCE);
    }
  }

  /** Counts the request of {@code context} where it is refused whole. */
  void countRequest(ServiceRequestContext context, CompletionStage<HttpResponse> answer) {
    answer.whenComplete(
        (answered, failure) -> {
          if (failure != null && Exceptions.peel(failure) instanceof ProblemException refused) {
            metrics.rejected(reasonOf(refused.problem().type()));
          }
        });
    // The server itself answers a body that becomes too large.
    context
        .log()
        .whenComplete()
        .thenAccept(
            log -> {
              if (log.responseStatus().equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)) {
                metrics.rejected(RejectionReason.TOO_LARGE);
              }
            });
  }

  private static RejectionReason reasonOf(ProblemType type) {
    return switch (type) {
      case UNAUTHENTICATED -> RejectionReason.UNAUTHENTICATED;
      case FORBIDDEN -> RejectionReason.FORBIDDEN;
      case TOO_MANY_REQUESTS -> RejectionReason.RATE;
      case CONFLICT -> RejectionReason.CONFLICT;
      case UNAVAILABLE, INTERNAL -> RejectionReason.UNAVAILABLE;
      default -> RejectionReason.INVALID;
    };
  }
}
