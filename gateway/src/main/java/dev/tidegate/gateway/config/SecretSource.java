package dev.tidegate.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

  /**
   * The secret that {@code reference} names: {@code env:NAME}, or {@code file:PATH}, whose last
   * line end does not count.
   *
   * @throws IllegalArgumentException in words that never quote a reference that could be a secret
   */
  byte[] read(String reference) {
    byte[] secret;
    if (reference.matches(VARIABLE + "[A-Za-z_][A-Za-z0-9_]*")) {
      secret = variable(reference.substring(VARIABLE.length()));
    } else if (reference.startsWith(FILE)) {
      secret = file(reference.substring(FILE.length()));
    } else {
      throw new IllegalArgumentException(
          "names a secret by env:NAME or file:PATH, and is never the secret itself");
    }
    if (secret.length == 0) {
      throw new IllegalArgumentException("the secret that it names is empty");
    }
    return secret;
  }

  private byte[] variable(String name) {
    String value = environment.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the environment variable %s is not set".formatted(name));
    }
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] file(String path) {
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
      throw new IllegalArgumentException(
          "the file %s cannot be read (%s)".formatted(path, unreadable.getClass().getSimpleName()));
    }
  }
}
