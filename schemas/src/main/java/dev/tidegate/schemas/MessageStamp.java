package dev.tidegate.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The stamp that proves that a message was made by a Tidegate gateway or by a replay: HMAC-SHA256
 * over the body and over what each of Tidegate's attributes says, under a key that only Tidegate
 * has. A sender that may publish to the topic can write any attribute, but cannot make a stamp.
 *
 * <p>Some attributes count with a stamp only: when an event was received, and what makes a message
 * a replay, which decides whether it is archived.
 */
public final class MessageStamp {
  /** The fewest bytes of a key for HMAC-SHA256 that cannot be guessed. */
  public static final int SHORTEST_KEY_BYTES = 32;

  /** The prefix that {@link #withClaimsSetAside} gives to attributes without proof. */
  public static final String UNPROVED = "unproved_";

  /** Times that only Tidegate may set. */
  private static final Set<EventAttributes> TIMES =
      EnumSet.of(EventAttributes.RECEIVED_AT, EventAttributes.ORIGINAL_PUBLISH_TIME);

  /** The attributes of a replay. */
  private static final Set<EventAttributes> REPLAY =
      EnumSet.of(
          EventAttributes.REPLAY_ID,
          EventAttributes.BODY_SHA256,
          EventAttributes.DEAD_LETTER_ID,
          EventAttributes.ATTEMPTS,
          EventAttributes.EFFECTS);

  private final List<SecretKeySpec> keys;

  private MessageStamp(List<SecretKeySpec> keys) {
    this.keys = keys;
  }

  /**
   * Stamps under {@code keys}.
   *
   * @param keys one a line: the first makes stamps, all of them check them, so that a key can be
   *     replaced while messages are under way
   * @throws IllegalArgumentException where a key is too short, or there is none; the message quotes
   *     nothing
   */
  public static MessageStamp of(String keys) {
    List<byte[]> lines =
        keys.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .map(line -> line.getBytes(StandardCharsets.UTF_8))
            .toList();
    if (lines.isEmpty() || lines.stream().anyMatch(key -> key.length < SHORTEST_KEY_BYTES)) {
      throw new IllegalArgumentException(
          "a stamp's key must have at least %d bytes; of several, each is a line of its own"
              .formatted(SHORTEST_KEY_BYTES));
    }
    return new MessageStamp(
        lines.stream().map(key -> new SecretKeySpec(key, Sha256.HMAC)).toList());
  }

  /** {@code attributes} with the stamp of the message that they and {@code body} make. */
  public Map<String, String> stamped(Map<String, String> attributes, byte[] body) {
    Map<String, String> stamped = new TreeMap<>(attributes);
    stamped.put(EventAttributes.STAMP.attribute(), of(attributes, body));
    return stamped;
  }

  /** The stamp of the message that {@code attributes} and {@code body} make. */
  public String of(Map<String, String> attributes, byte[] body) {
    return HexFormat.of().formatHex(mac(keys.get(0), attributes, body));
  }

  /** Whether the message carries a stamp of its own, made under one of the keys. */
  public boolean isProved(Map<String, String> attributes, byte[] body) {
    byte[] claimed =
        EventAttributes.STAMP
            .in(attributes)
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .orElse(new byte[0]);
    boolean proved = false;
    for (SecretKeySpec key : keys) {
      byte[] stamp =
          HexFormat.of().formatHex(mac(key, attributes, body)).getBytes(StandardCharsets.US_ASCII);
      proved |= MessageDigest.isEqual(stamp, claimed);
    }
    return proved;
  }

  /** Whether {@code attributes} say anything that needs a stamp. */
  public static boolean claims(Map<String, String> attributes) {
    return attributes.containsKey(EventAttributes.STAMP.attribute())
        || isAnyIn(attributes, TIMES)
        || isAnyIn(attributes, REPLAY);
  }

  /**
   * Renames the attributes of a message without a valid stamp: those that need one get a name that
   * begins with {@value #UNPROVED}, and mean nothing.
   *
   * @param replaysCount whether the attributes of a replay count anyway. Without a key nothing can
   *     be proved, and a replay must still mark its dead letter. The event is archived again
   */
  public static Map<String, String> withClaimsSetAside(
      Map<String, String> attributes, boolean replaysCount) {
    Map<String, String> kept = new TreeMap<>(attributes);
    setAside(kept, EventAttributes.STAMP);
    TIMES.forEach(claim -> setAside(kept, claim));
    if (!replaysCount) {
      REPLAY.forEach(claim -> setAside(kept, claim));
    }
    return kept;
  }

  /** Whether the attribute belongs to an earlier message: that of a replay, or a stamp. */
  static boolean isOfEarlierMessage(String name) {
    return name.equals(EventAttributes.STAMP.attribute())
        || REPLAY.stream().anyMatch(attribute -> attribute.attribute().equals(name));
  }

  private static boolean isAnyIn(Map<String, String> attributes, Set<EventAttributes> names) {
    return names.stream().anyMatch(name -> attributes.containsKey(name.attribute()));
  }

  private static void setAside(Map<String, String> attributes, EventAttributes claim) {
    String value = attributes.remove(claim.attribute());
    if (value != null) {
      attributes.put(UNPROVED + claim.attribute(), value);
    }
  }

  /** Each part is preceded by its length, so that two messages never give the same bytes. */
  private static byte[] mac(SecretKeySpec key, Map<String, String> attributes, byte[] body) {
    try {
      Mac mac = Sha256.hmac();
      mac.init(key);
      Arrays.stream(EventAttributes.values())
          .filter(attribute -> attribute != EventAttributes.STAMP)
          .forEach(
              attribute ->
                  attribute
                      .in(attributes)
                      .ifPresent(
                          value -> {
                            update(mac, attribute.attribute());
                            update(mac, value);
                          }));
      update(mac, "");
      return mac.doFinal(body);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", impossible);
    }
  }

  private static void update(Mac mac, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    mac.update(bytes);
  }
}
