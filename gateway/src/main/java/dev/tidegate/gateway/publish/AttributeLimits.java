package dev.tidegate.gateway.publish;

/** What Pub/Sub takes of a message's attributes. */
public final class AttributeLimits {
  public static final int MOST_ATTRIBUTES = 100;
  public static final int LONGEST_NAME_BYTES = 256;
  public static final int LONGEST_VALUE_BYTES = 1_024;

  private AttributeLimits() {}
}
