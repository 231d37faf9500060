package dev.tidegate.transforms.postgresql;

import java.sql.SQLNonTransientConnectionException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Reads passwords where they are kept: a secret once for each JVM, and anew once it is refused. */
final class PasswordReader {
  private static final Map<Password.Secret, String> KNOWN = new ConcurrentHashMap<>();

  private PasswordReader() {}

  /**
   * The password; empty where none is to be sent.
   *
   * @throws SQLNonTransientConnectionException where the secret cannot be read
   */
  static Optional<String> read(Password password) throws SQLNonTransientConnectionException {
    if (password instanceof Password.Secret secret) {
      String known = KNOWN.get(secret);
      return Optional.of(known == null ? fetch(secret) : known);
    }
    return Optional.ofNullable(System.getenv(((Password.Variable) password).name()))
        .filter(value -> !value.isEmpty());
  }

  /**
   * Another password than {@code refused}, if there is one by now: a secret may have been rotated,
   * an environment never changes.
   *
   * @throws SQLNonTransientConnectionException where the secret cannot be read
   */
  static Optional<String> readAnew(Password password, Optional<String> refused)
      throws SQLNonTransientConnectionException {
    if (!(password instanceof Password.Secret secret)) {
      return Optional.empty();
    }
    // Another thread may have found it already.
    Optional<String> known = Optional.ofNullable(KNOWN.get(secret)).filter(isNot(refused));
    return known.isPresent() ? known : Optional.of(fetch(secret)).filter(isNot(refused));
  }

  private static Predicate<String> isNot(Optional<String> refused) {
    return value -> !Optional.of(value).equals(refused);
  }

  private static String fetch(Password.Secret secret) throws SQLNonTransientConnectionException {
    String value = SecretManager.read(secret.version());
    KNOWN.put(secret, value);
    return value;
  }
}
