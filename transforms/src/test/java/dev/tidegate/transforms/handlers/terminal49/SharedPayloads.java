package dev.tidegate.transforms.handlers.terminal49;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All public examples of Terminal49's notifications, which are not part of this project: looked for
 * in {@code ../shared} beside it, or in the folder that the system property {@code tidegate.shared}
 * names.
 */
public final class SharedPayloads {
  private SharedPayloads() {}

  /** The examples' files by name; where there are none, the test that asks is skipped. */
  public static List<Path> files() throws IOException {
    Optional<Path> folder = folder();
    assumeTrue(folder.isPresent(), "shared/terminal49/payloads is not there");
    try (Stream<Path> found = Files.list(folder.orElseThrow())) {
      return found.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static Optional<Path> folder() {
    String given = System.getProperty("tidegate.shared");
    List<Path> candidates =
        given != null
            ? List.of(Path.of(given))
            : Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent)
                .map(ancestor -> ancestor.resolve("shared"))
                .toList();
    return candidates.stream()
        .map(shared -> shared.resolve("terminal49").resolve("payloads"))
        .filter(Files::isDirectory)
        .findFirst();
  }
}
