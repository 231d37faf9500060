package dev.tidegate.gateway.auth;

import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/** The API keys that are valid. Keys are random, so a plain hash of one gives nothing away. */
final class ApiKeys {
  /** A hash as it is compared, and whose key it is of. */
  private record KnownKey(byte[] sha256, Caller caller) {}

  private final List<KnownKey> known;

  ApiKeys(List<ApiKey> keys) {
    this.known =
        keys.stream()
            .map(
                key ->
                    new KnownKey(
                        key.sha256().getBytes(StandardCharsets.US_ASCII),
                        new Caller(key.tenant(), Optional.of(key.id()), key.roles())))
            .toList();
  }

  /** Whose key {@code text} is. It takes as long whichever key it is, or none. */
  Optional<Caller> callerOf(String text) {
    byte[] sha256 =
        Sha256.hexOf(text.getBytes(StandardCharsets.UTF_8)).getBytes(StandardCharsets.US_ASCII);
    Optional<Caller> found = Optional.empty();
    for (KnownKey key : known) {
      if (MessageDigest.isEqual(key.sha256(), sha256)) {
        found = Optional.of(key.caller());
      }
    }
    return found;
  }
}
