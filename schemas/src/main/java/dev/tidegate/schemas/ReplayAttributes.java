package dev.tidegate.schemas;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The attributes that let a replay be known for the event it repeats, and for a replay.
 *
 * <p>What they say is read by {@code ReadEvents} when the replay comes out of Pub/Sub: the event is
 * the same there, in its identity and in its version, as it was the first time.
 */
public final class ReplayAttributes {
  /** Pub/Sub's limit of a message, less one for the stamp. */
  private static final int MOST_ATTRIBUTES = 99;

  private static final Set<String> OUR_NAMES =
      Arrays.stream(EventAttributes.values())
          .map(EventAttributes::attribute)
          .collect(Collectors.toUnmodifiableSet());

  private ReplayAttributes() {}

  /**
   * An event as the archive has it, ready to be stamped. Its body stands for the original's, whose
   * hash goes with it: the version is the same, though the archive keeps no white space.
   */
  public static RawEvent ofArchived(RawEvent event) {
    Map<String, String> attributes = withoutEarlierReplay(event);
    attributes.put(EventAttributes.BODY_SHA256.attribute(), event.bodySha256());
    return withAttributes(event, attributes);
  }

  /**
   * A dead letter's event, ready to be stamped.
   *
   * <p>Where the archive does not have the event, since it was the archive that refused it, nothing
   * claims that it is known there, and so it is archived at last. The body must then be the
   * original's own bytes, whose hash anyone can compute.
   *
   * @param archived whether the archive has the event
   */
  public static RawEvent ofDeadLetter(
      RawEvent event, String deadLetterId, int attempts, boolean archived) {
    Map<String, String> attributes = withoutEarlierReplay(event);
    if (archived || !Sha256.hexOf(event.body()).equals(event.bodySha256())) {
      attributes.put(EventAttributes.BODY_SHA256.attribute(), event.bodySha256());
    }
    attributes.put(EventAttributes.DEAD_LETTER_ID.attribute(), deadLetterId);
    attributes.put(EventAttributes.ATTEMPTS.attribute(), Integer.toString(attempts));
    return withAttributes(event, attributes);
  }

  /**
   * {@code event} as the replay {@code replayId} sends it: what it is does not depend on its body,
   * nor on the defaults of the pipeline that will read it.
   *
   * <p>An event whose ID could not be read keeps the first message's, unless the caller has filled
   * in what its source reads by now. A tenant or source that could not be used stays as it was: it
   * is refused again, and must not become one that can.
   */
  public static RawEvent stamp(RawEvent event, String replayId) {
    TreeMap<String, String> attributes = new TreeMap<>(event.attributes());
    attributes.put(EventAttributes.REPLAY_ID.attribute(), replayId);
    attributes.put(EventAttributes.NOTIFICATION_ID.attribute(), event.identity());
    event
        .eventType()
        .ifPresent(type -> attributes.put(EventAttributes.EVENT_TYPE.attribute(), type));
    putUnlessGiven(attributes, EventAttributes.TENANT_ID, event.tenantId());
    putUnlessGiven(attributes, EventAttributes.SOURCE, event.source());
    attributes.put(EventAttributes.RECEIVED_AT.attribute(), event.receivedAt().toString());
    attributes.put(
        EventAttributes.ORIGINAL_PUBLISH_TIME.attribute(), event.originalPublishTime().toString());
    dropBeyondLimit(attributes);
    return withAttributes(event, attributes);
  }

  private static Map<String, String> withoutEarlierReplay(RawEvent event) {
    Map<String, String> attributes = new TreeMap<>(event.attributes());
    attributes.keySet().removeIf(MessageStamp::isOfEarlierMessage);
    return attributes;
  }

  private static void putUnlessGiven(
      Map<String, String> attributes, EventAttributes attribute, String value) {
    if (attribute.in(attributes).isEmpty()) {
      attributes.put(attribute.attribute(), value);
    }
  }

  /** Gives up attributes that mean nothing to Tidegate, the last by name first. */
  private static void dropBeyondLimit(TreeMap<String, String> attributes) {
    Iterator<String> names = attributes.descendingKeySet().iterator();
    while (attributes.size() > MOST_ATTRIBUTES && names.hasNext()) {
      if (!OUR_NAMES.contains(names.next())) {
        names.remove();
      }
    }
  }

  private static RawEvent withAttributes(RawEvent event, Map<String, String> attributes) {
    return event.toBuilder().attributes(attributes).build(event.bodySha256());
  }
}
