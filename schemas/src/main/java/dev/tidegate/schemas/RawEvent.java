package dev.tidegate.schemas;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.auto.value.AutoValue;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.beam.sdk.coders.DefaultCoder;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * An event as it came from Pub/Sub: the original body, byte for byte, with what its attributes say
 * of it. Nothing about it has been checked.
 */
@AutoValue
@DefaultCoder(RawEventCoder.class)
public abstract class RawEvent {
  /** The prefix of an {@link #identity} that is a message ID: no notification ID was readable. */
  public static final String MESSAGE_IDENTITY = "pubsub-message:";

  /** No part of the event: the result of {@link #parsed}, for the next caller. */
  private transient @Nullable JsonBody parsed;

  /** No part of the event: see {@link #remembered}. */
  private transient @Nullable Object remembered;

  /** No part of the event: what {@link #decoded} read. */
  private transient @Nullable Event decoded;

  /** No part of the event: what {@link #contentSha256} computed. */
  private transient @Nullable String contentSha256;

  /** Whose event it is: from what was authenticated, never from the body. */
  public abstract String tenantId();

  /** The kind of sender, which chooses the handlers: {@code terminal49}, for example. */
  public abstract String source();

  /** The sender's ID of this notification, or empty where none could be read. */
  public abstract Optional<String> notificationId();

  /** The sender's name of what happened, or empty where none could be read. */
  public abstract Optional<String> eventType();

  /**
   * Whether the type is an attribute's. It is the body's own wherever the body has one, so that two
   * messages with the same body are the same event.
   */
  public abstract boolean typeFromAttribute();

  /**
   * The version of the body's schema, where an attribute says it. Empty where the body says it
   * itself, and where the source's events have no versions.
   */
  public abstract Optional<String> schemaVersion();

  /** The ID Pub/Sub gave the message. */
  public abstract String messageId();

  /** When Pub/Sub took the message. */
  public abstract Instant publishTime();

  /** All attributes of the message, in the order of their names. */
  public abstract SortedMap<String, String> attributes();

  /** The original request's bytes. Callers must not change the array. */
  @SuppressWarnings("mutable")
  public abstract byte[] body();

  /** SHA-256 of {@link #body}, 64 lower-case hexadecimal digits. */
  public abstract String bodySha256();

  /**
   * SHA-256 of all that decides what the event means, which the version ends with: of the body, and
   * of type and schema version too where they came from attributes. 64 lower-case hexadecimal
   * digits.
   */
  public String contentSha256() {
    String known = contentSha256;
    if (known == null) {
      String typed =
          typeFromAttribute() && eventType().isPresent()
              ? Sha256.hexOfTyped(bodySha256(), eventType().get())
              : bodySha256();
      known = schemaVersion().map(version -> Sha256.hexOfVersioned(typed, version)).orElse(typed);
      contentSha256 = known;
    }
    return known;
  }

  /**
   * The body as JSON. It is parsed once for as long as the runner hands on this very object: the
   * archive and Decode both ask.
   *
   * @throws JsonProcessingException as {@link JsonBody#parse} does
   */
  public JsonBody parsed() throws JsonProcessingException {
    JsonBody known = parsed;
    if (known == null) {
      known = JsonBody.parse(body());
      parsed = known;
    }
    return known;
  }

  /**
   * The tree of {@link #parsed}. Callers must not change it.
   *
   * @throws JsonProcessingException as {@link JsonBody#parse} does
   */
  public JsonNode json() throws JsonProcessingException {
    return parsed().tree();
  }

  /**
   * A result that was computed from the body alone, for the next caller: one thing at a time.
   *
   * @param type tells it apart from other results
   * @param from works it out where it is not remembered
   */
  public <T> T remembered(Class<T> type, Supplier<T> from) {
    if (!type.isInstance(remembered)) {
      remembered = from.get();
    }
    return type.cast(remembered);
  }

  /**
   * What {@code decoder} reads of the event: once for as long as the runner hands on this very
   * object.
   *
   * @param decoder gives the same result every time
   */
  public Event decoded(Function<RawEvent, Event> decoder) {
    Event known = decoded;
    if (known == null) {
      known = decoder.apply(this);
      decoded = known;
    }
    return known;
  }

  /**
   * What identifies the event within its tenant and source, in the ledger and when deduplicating:
   * the notification ID, or the Pub/Sub message's ID where there is none (docs/design.md, promise
   * 3).
   */
  public String identity() {
    return notificationId().orElseGet(() -> MESSAGE_IDENTITY + messageId());
  }

  /**
   * When the gateway took the request; when Pub/Sub took the message where that is unknown. Nothing
   * else is asked: {@code ReadEvents} lets no attribute through that the gateway has not written.
   */
  public Instant receivedAt() {
    return attribute(EventAttributes.RECEIVED_AT)
        .flatMap(RawEvent::parseTime)
        .orElseGet(this::publishTime);
  }

  /** When Pub/Sub first took the event: a replay is published anew. */
  public Instant originalPublishTime() {
    return attribute(EventAttributes.ORIGINAL_PUBLISH_TIME)
        .flatMap(RawEvent::parseTime)
        .orElseGet(this::publishTime);
  }

  /**
   * Whether this is proved to be a replay of an event as it was, and not of one whose body was
   * repaired: the archive has it.
   */
  public boolean isReplayOfOriginal() {
    return attribute(EventAttributes.STAMP).isPresent()
        && attribute(EventAttributes.REPLAY_ID).isPresent()
        && attribute(EventAttributes.BODY_SHA256).equals(Optional.of(bodySha256()));
  }

  /**
   * Whether Tidegate made the event, as the effect of another: then its attributes say its ID, type
   * and time.
   */
  public boolean isFollowUp() {
    return attribute(EventAttributes.CAUSATION_ID).isPresent();
  }

  /**
   * How many events before it caused one another; 0 where it is no follow-up. One that cannot be
   * read is deeper than any that may be.
   */
  public int causationDepth() {
    if (!isFollowUp()) {
      return 0;
    }
    return attribute(EventAttributes.CAUSATION_DEPTH)
        .filter(depth -> depth.matches("[1-9][0-9]{0,3}"))
        .map(Integer::parseInt)
        .orElse(Effect.MOST_DEPTH + 1);
  }

  /** The same event with an empty body, for what only tells of it. */
  public RawEvent withoutBody() {
    return toBuilder().body(new byte[0]).build(bodySha256());
  }

  /** The same event, which remembers nothing of what was worked out from its body. */
  RawEvent withoutWork() {
    RawEvent copy = toBuilder().build(bodySha256());
    copy.contentSha256 = contentSha256;
    return copy;
  }

  /** The same event without what only its message says: attributes, times and message ID. */
  RawEvent withoutEnvelope() {
    RawEvent covered =
        toBuilder()
            .attributes(Collections.emptySortedMap())
            .messageId("")
            .publishTime(Version.UNKNOWN_TIME)
            .build(bodySha256());
    covered.parsed = parsed;
    covered.remembered = remembered;
    covered.contentSha256 = contentSha256;
    return covered;
  }

  /** Whether the gateway found the signature valid; empty where it was not checked. */
  public Optional<Boolean> signatureValid() {
    return attribute(EventAttributes.SIGNATURE_VALID)
        .flatMap(
            value ->
                switch (value) {
                  case "true" -> Optional.of(true);
                  case "false" -> Optional.of(false);
                  default -> Optional.empty();
                });
  }

  /** The value of {@code attribute} on this event. */
  public Optional<String> attribute(EventAttributes attribute) {
    return attribute.in(attributes());
  }

  /** Never the body or attributes: a line that is logged by accident must not contain them. */
  @Override
  public final String toString() {
    return "RawEvent{%s, %s, %s, %s}"
        .formatted(tenantId(), source(), identity(), eventType().orElse("unknown type"));
  }

  public static Builder builder() {
    return new AutoValue_RawEvent.Builder().typeFromAttribute(false);
  }

  public abstract Builder toBuilder();

  private static Optional<Instant> parseTime(String value) {
    try {
      Instant time = Instant.parse(value);
      return Microseconds.isStorable(time)
          ? Optional.of(Microseconds.toInstant(Microseconds.of(time)))
          : Optional.empty();
    } catch (DateTimeParseException notATime) {
      return Optional.empty();
    }
  }

  /** Builds a {@link RawEvent}; the body's hash is computed by {@link #build}. */
  @AutoValue.Builder
  public abstract static class Builder {
    public abstract Builder tenantId(String value);

    public abstract Builder source(String value);

    public abstract Builder notificationId(String value);

    public abstract Builder notificationId(Optional<String> value);

    public abstract Builder eventType(String value);

    public abstract Builder eventType(Optional<String> value);

    public abstract Builder typeFromAttribute(boolean value);

    public abstract Builder schemaVersion(Optional<String> value);

    public abstract Builder messageId(String value);

    public abstract Builder publishTime(Instant value);

    abstract Builder attributes(SortedMap<String, String> value);

    public Builder attributes(Map<String, String> value) {
      return attributes(Collections.unmodifiableSortedMap(new TreeMap<>(value)));
    }

    public abstract Builder body(byte[] value);

    abstract Builder bodySha256(String value);

    abstract byte[] body();

    abstract Instant publishTime();

    abstract RawEvent autoBuild();

    public RawEvent build() {
      return build(Sha256.hexOf(body()));
    }

    /**
     * For a body that stands for its original, whose hash is known: what the coder reads, and what
     * an archive gives back without the original's white space.
     */
    public RawEvent build(String bodySha256) {
      publishTime(Microseconds.toInstant(Microseconds.of(publishTime())));
      return bodySha256(bodySha256).autoBuild();
    }
  }
}
