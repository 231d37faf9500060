package dev.tidegate.schemas;

import java.util.Optional;

/**
 * The identity that a body tells.
 *
 * @param notificationId the sender's ID of this notification
 * @param eventType the sender's name of what happened
 */
public record NotificationIdentity(Optional<String> notificationId, Optional<String> eventType) {
  /** Nothing could be read. */
  public static final NotificationIdentity UNKNOWN =
      new NotificationIdentity(Optional.empty(), Optional.empty());
}
