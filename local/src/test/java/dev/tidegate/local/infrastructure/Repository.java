package dev.tidegate.local.infrastructure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the files are that these tests read: tests run in their module's folder. */
final class Repository {
  static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  static final Path SCRIPTS = ROOT.resolve("scripts");
  static final Path TERRAFORM = ROOT.resolve("templates/terraform");
  static final Path BIGQUERY =
      ROOT.resolve("schemas/src/main/resources/dev/tidegate/schemas/bigquery");
  static final Path INFRASTRUCTURE_PAGE = ROOT.resolve("docs/infrastructure.md");
  static final Path LAUNCHING_PAGE = ROOT.resolve("docs/launching.md");
  static final Path OPERATIONS_PAGE = ROOT.resolve("docs/runbooks/operations.md");
  static final Path ALERTS_PAGE = ROOT.resolve("docs/runbooks/alerts.md");
  static final Path WORKFLOWS = ROOT.resolve(".github/workflows");

  private Repository() {}

  /** The files of a folder whose names end so, in order. */
  static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }
}
