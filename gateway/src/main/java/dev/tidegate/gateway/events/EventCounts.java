package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.util.Exceptions;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.metrics.GatewayMetrics;
import dev.tidegate.gateway.metrics.RejectionReason;
import org.checkerframework.checker.nullness.qual.Nullable;

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

  /** Counts a request that was refused whole; nothing where {@code failure} is null. */
  void countRequest(@Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    Throwable cause = Exceptions.peel(failure);
    if (cause instanceof ProblemException refused) {
      metrics.rejected(reasonOf(refused.problem().type()));
    } else if (cause instanceof ContentTooLargeException) {
      metrics.rejected(RejectionReason.TOO_LARGE);
    }
  }

  private static RejectionReason reasonOf(ProblemType type) {
    return switch (type) {
      case UNAUTHENTICATED -> RejectionReason.UNAUTHENTICATED;
      case FORBIDDEN -> RejectionReason.FORBIDDEN;
      case CONTENT_TOO_LARGE -> RejectionReason.TOO_LARGE;
      case TOO_MANY_REQUESTS -> RejectionReason.RATE;
      case UNAVAILABLE, INTERNAL -> RejectionReason.UNAVAILABLE;
      default -> RejectionReason.INVALID;
    };
  }
}
