package dev.tidegate.templates;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of this repository that is made by a test, and compared with what was committed. */
final class CommittedFile {
  /** Tests run in their module's folder. */
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private CommittedFile() {}

  /**
   * Compares, or writes the file where {@code -Dtidegate.regenerate=true} asks for it.
   *
   * @param path from the repository's root
   * @param meaning what it means that the file differs
   * @param test which writes the file
   */
  static void isUpToDate(String path, String text, String meaning, Class<?> test)
      throws IOException {
    Path file = ROOT.resolve(path);
    if (Boolean.getBoolean("tidegate.regenerate")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as("%s%n%s%n%nTo write the file anew: %s%n", path, meaning, command(test))
        .isEqualTo(text);
  }

  private static String command(Class<?> test) {
    return "./mvnw -pl templates -am test -Dtest=%s -Dsurefire.failIfNoSpecifiedTests=false -Dtidegate.regenerate=true"
        .formatted(test.getSimpleName());
  }
}
