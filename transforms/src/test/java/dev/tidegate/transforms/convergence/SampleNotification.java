package dev.tidegate.transforms.convergence;

import java.util.List;

/**
 * A notification that somebody might send.
 *
 * @param id its ID, which others may have too
 * @param createdAt when it says it was created
 * @param eventType its type
 * @param about the kind of resource it refers to
 * @param number which of that kind
 * @param oddity what is odd about its outer form
 * @param included the resources it includes
 */
record SampleNotification(
    String id,
    CreatedAt createdAt,
    String eventType,
    ResourceKind about,
    int number,
    Oddity oddity,
    List<SampleResource> included) {
  @Override
  public String toString() {
    return "%s at %s: %s about %s%s, includes %s"
        .formatted(
            id,
            createdAt,
            eventType,
            about.id(number),
            oddity == Oddity.NONE ? "" : ", " + oddity,
            included);
  }
}
