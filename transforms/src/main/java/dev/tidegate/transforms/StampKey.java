package dev.tidegate.transforms;

import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.transforms.postgresql.SecretManager;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLNonTransientConnectionException;
import java.util.Optional;

/**
 * Where the key of {@link MessageStamp}s is. The job carries the place only; each worker reads the
 * key.
 *
 * @param reference {@code env:NAME}, {@code file:PATH}, or a version of a secret of Google's Secret
 *     Manager
 */
public record StampKey(String reference) implements Serializable {
  /** The rule for {@link #reference}, for people. */
  public static final String RULE =
      "env:NAME, file:PATH or projects/PROJECT/secrets/NAME/versions/VERSION: the place of the key,"
          + " never the key itself";

  private static final String VARIABLE = "env:";
  private static final String FILE = "file:";
  private static final String PATTERN =
      "env:[A-Za-z_][A-Za-z0-9_]*|file:.+"
          + "|projects/[^/\\s]+/secrets/[\\w-]{1,255}/versions/[\\w-]{1,63}";

  /** Whether {@code text} keeps to {@link #RULE}. */
  public static boolean isReference(String text) {
    return text.matches(PATTERN);
  }

  /**
   * Reads the key.
   *
   * @return empty where the environment variable is not set: then nothing is stamped or proved
   * @throws IllegalStateException where the key cannot be read or used, saying why
   */
  public Optional<MessageStamp> read() {
    try {
      return text().filter(key -> !key.isBlank()).map(MessageStamp::of);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the key of stamps cannot be read: " + reference, unreadable);
    } catch (SQLNonTransientConnectionException | IllegalArgumentException unusable) {
      throw new IllegalStateException(unusable.getMessage(), unusable);
    }
  }

  private Optional<String> text() throws IOException, SQLNonTransientConnectionException {
    if (reference.startsWith(VARIABLE)) {
      return Optional.ofNullable(System.getenv(reference.substring(VARIABLE.length())));
    }
    return Optional.of(
        reference.startsWith(FILE)
            ? Files.readString(Path.of(reference.substring(FILE.length())))
            : SecretManager.read(reference));
  }
}
