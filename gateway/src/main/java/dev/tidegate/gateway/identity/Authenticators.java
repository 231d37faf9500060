package dev.tidegate.gateway.identity;

/** Makes authenticators. */
public final class Authenticators {
  private Authenticators() {}

  /** One that believes whom {@code configuration} names. */
  public static Authenticator of(AuthenticationConfiguration configuration) {
    throw new UnsupportedOperationException("not written yet");
  }
}
