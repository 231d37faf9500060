package dev.tidegate.flink;

import java.nio.file.Path;

/** Where the files are that these tests read: tests run in their module's folder. */
final class Repository {
  static final Path MODULE = Path.of("").toAbsolutePath();
  static final Path ROOT = MODULE.getParent().getParent();

  private Repository() {}
}
