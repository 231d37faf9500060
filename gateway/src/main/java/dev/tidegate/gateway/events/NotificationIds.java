package dev.tidegate.gateway.events;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The notification IDs of the application events that one caller sends. The same ID means the same
 * event. The caller's subject is part of it, and the tenant is part of an event's identity anyway:
 * so nobody can take over an event of another user by naming the same key.
 *
 * <p>An ID is never read from a payload: such a field names an order or a customer, and there will
 * be more events about it.
 */
final class NotificationIds {
  private static final String KEY = "key:";
  private static final String HASHED_KEY = "hashed-key:";
  private static final String CLOUD_EVENT = "ce:";
  private static final int HASH_DIGITS = 32;

  /** What stands before a CloudEvent's ID. */
  private static final int CLOUD_EVENT_PREFIX_LENGTH = CLOUD_EVENT.length() + HASH_DIGITS + 1;

  private final String owner;

  /**
   * @param subject the caller's
   */
  NotificationIds(Optional<String> subject) {
    this.owner = subject.map(name -> name.length() + ":" + name).orElse("");
  }

  /** Whether a sender may choose {@code key} for an event. */
  static boolean isKey(String key) {
    // The pipeline names events so of which no ID could be read.
    return Event.isName(key) && !key.startsWith(RawEvent.MESSAGE_IDENTITY);
  }

  /** The ID of an event that its sender gave {@code key}. */
  String ofKey(String key) {
    String readable = KEY + hashOf(owner) + ":" + key;
    return readable.length() <= Column.INDEXED_LENGTH
        ? readable
        : HASHED_KEY + hashOf(owner) + ":" + hashOf(key);
  }

  /** The ID of an event without a key: each request is an event of its own. */
  static String fresh() {
    return UUID.randomUUID().toString();
  }

  /** The ID of a CloudEvent. Its ID is unique within its source only (CloudEvents 1.0, "id"). */
  String ofCloudEvent(String source, String id) {
    return CLOUD_EVENT + hashOf(owner.isEmpty() ? source : owner + ":" + source) + ":" + id;
  }

  /** How long a CloudEvent's ID may be, so that there is room for its source. */
  static int longestCloudEventId() {
    return Column.INDEXED_LENGTH - CLOUD_EVENT_PREFIX_LENGTH;
  }

  private static String hashOf(String text) {
    return Sha256.hexOf(text.getBytes(StandardCharsets.UTF_8)).substring(0, HASH_DIGITS);
  }
}
