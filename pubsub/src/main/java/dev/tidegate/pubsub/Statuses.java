package dev.tidegate.pubsub;

import dev.tidegate.pubsub.store.GroupCommitStore.UnavailableException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletionException;

/** The errors of the service, worded as the real one words them, because people search for them. */
final class Statuses {
  private Statuses() {}

  static StatusRuntimeException notFound(String resource) {
    return Status.NOT_FOUND
        .withDescription("Resource not found (resource=" + resource + ").")
        .asRuntimeException();
  }

  static StatusRuntimeException alreadyExists(String resource) {
    return Status.ALREADY_EXISTS
        .withDescription("Resource already exists in the project (resource=" + resource + ").")
        .asRuntimeException();
  }

  static StatusRuntimeException invalidArgument(String description) {
    return Status.INVALID_ARGUMENT.withDescription(description).asRuntimeException();
  }

  /** Google's words for the code, and which field it is. */
  static StatusRuntimeException unimplemented(String field) {
    return Status.UNIMPLEMENTED
        .withDescription(
            "The operation is not implemented or is not supported/enabled in this service (field="
                + field
                + ").")
        .asRuntimeException();
  }

  /** The status that clients get for {@code error}. */
  static Throwable of(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (!(cause instanceof UnavailableException unavailable)) {
      return cause;
    }
    return switch (unavailable.reason()) {
      case OVERLOADED -> overloaded();
      case FAILED -> storeFailed(cause);
      case CLOSED -> stopping();
    };
  }

  /** A full disk may have room again: clients retry this, too. */
  static StatusRuntimeException storeFailed(Throwable cause) {
    return Status.UNAVAILABLE
        .withDescription("The server cannot write its store now.")
        .withCause(cause)
        .asRuntimeException();
  }

  /** Clients retry this after a while, as they do where a quota is used up. */
  private static StatusRuntimeException overloaded() {
    return Status.RESOURCE_EXHAUSTED
        .withDescription("Too many messages wait to be written. Try again later.")
        .asRuntimeException();
  }

  /** Clients retry UNAVAILABLE, which is right: a server that stops will be back. */
  static StatusRuntimeException stopping() {
    return Status.UNAVAILABLE.withDescription("The server is stopping.").asRuntimeException();
  }
}
