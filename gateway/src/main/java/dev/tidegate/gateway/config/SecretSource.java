package dev.tidegate.gateway.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Where secrets come from: a configuration names them, and never holds them.
 *
 * @param environment what {@code env:NAME} names
 */
record SecretSource(Map<String, String> environment) {
  private static final String VARIABLE = "env:";
  private static final String FILE = "file:";

  /** Why there is no secret, in words for whoever wrote the configuration. */
  static final class MissingSecretException extends Exception {
    private static final long serialVersionUID = 1L;

    private MissingSecretException(String message) {
      super(message);
    }
  }

  /**
   * The secret that {@code reference} names: {@code env:NAME}, or {@code file:PATH}, whose last
   * line end does not count. The message of a failure never quotes a reference that could be a
   * secret.
   */
  Secret read(String reference) throws MissingSecretException {
    byte[] bytes;
    if (reference.startsWith(VARIABLE)) {
      bytes = variable(reference.substring(VARIABLE.length()));
    } else if (reference.startsWith(FILE)) {
      bytes = file(reference.substring(FILE.length()));
    } else {
      throw new MissingSecretException(
          "names a secret by env:NAME or file:PATH, and is never the secret itself");
    }
    if (bytes.length == 0) {
      throw new MissingSecretException("the secret that it names is empty");
    }
    return Secret.of(bytes);
  }

  private byte[] variable(String name) throws MissingSecretException {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      throw new MissingSecretException("env: is followed by the name of an environment variable");
    }
    String value = environment.get(name);
    if (value == null) {
      throw new MissingSecretException("the environment variable %s is not set".formatted(name));
    }
    return Secret.of(value).bytes();
  }

  private static byte[] file(String path) throws MissingSecretException {
    try {
      byte[] bytes = Files.readAllBytes(Path.of(path));
      int end = bytes.length;
      if (end > 0 && bytes[end - 1] == '\n') {
        end--;
        if (end > 0 && bytes[end - 1] == '\r') {
          end--;
        }
      }
      return Arrays.copyOf(bytes, end);
    } catch (IOException | InvalidPathException unreadable) {
      throw new MissingSecretException(
          "the file %s cannot be read (%s)".formatted(path, unreadable.getClass().getSimpleName()));
    }
  }
}
