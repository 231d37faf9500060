package dev.tidegate.schemas;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The attributes by which the pipeline recognises a replay and the event that it repeats.
 *
 * <p>{@code ReadEvents} reads them when the replay comes out of Pub/Sub. The event then has the
 * same identity and version as the first time.
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
   * Makes an event of the archive ready to be stamped. The archive does not keep white space, so
   * the hash of the original body goes along: the version stays the same.
   */
  public static RawEvent ofArchived(RawEvent event) {
    Map<String, String> attributes = withoutEarlierReplay(event);
    attributes.put(EventAttributes.BODY_SHA256.attribute(), event.bodySha256());
    return withAttributes(event, attributes);
  }

  /**
   * A dead letter's event, ready to be stamped.
   *
   * <p>If the archive refused the event, the replay does not say that the archive has it, so the
   * pipeline archives it. The body must then be the original bytes.
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
   * Makes {@code event} part of the replay {@code replayId}. Its attributes then say what it is:
   * this depends neither on its body nor on the defaults of the pipeline that reads it.
   *
   * <p>An event without a readable ID keeps the ID of its first message, unless its source can read
   * the ID by now and the caller has set it. An unusable tenant or source stays as it was, so that
   * the pipeline refuses it again.
   *
   * @param effects which effects the event may cause this time
   */
  public static RawEvent stamp(RawEvent event, String replayId, EffectMode effects) {
    TreeMap<String, String> attributes = new TreeMap<>(event.attributes());
    attributes.put(EventAttributes.REPLAY_ID.attribute(), replayId);
    attributes.put(EventAttributes.EFFECTS.attribute(), effects.label());
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
