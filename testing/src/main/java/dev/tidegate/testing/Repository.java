package dev.tidegate.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the repository's files are that tests read. Maven runs tests in their module's folder. */
public final class Repository {
  /** The folder that holds all modules. */
  public static final Path ROOT =
      Stream.iterate(Path.of("").toAbsolutePath(), Path::getParent)
          .filter(folder -> Files.exists(folder.resolve("mvnw")))
          .findFirst()
          .orElseThrow();

  public static final Path SCRIPTS = ROOT.resolve("scripts");
  public static final Path TERRAFORM = ROOT.resolve("templates/terraform");
  public static final Path KUBERNETES = ROOT.resolve("templates/flink/kubernetes");
  public static final Path WORKFLOWS = ROOT.resolve(".github/workflows");
  public static final Path BIGQUERY =
      ROOT.resolve("schemas/src/main/resources/dev/tidegate/schemas/bigquery");
  public static final Path INFRASTRUCTURE_PAGE = ROOT.resolve("docs/infrastructure.md");
  public static final Path LAUNCHING_PAGE = ROOT.resolve("docs/launching.md");
  public static final Path OPERATIONS_PAGE = ROOT.resolve("docs/runbooks/operations.md");
  public static final Path ALERTS_PAGE = ROOT.resolve("docs/runbooks/alerts.md");

  private Repository() {}

  /** The files of a folder whose names end so, in order. */
  public static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }
}
