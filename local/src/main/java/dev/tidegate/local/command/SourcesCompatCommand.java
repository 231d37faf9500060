package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.pipeline.SourceFiles;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.handlers.declared.Incompatibility;
import dev.tidegate.transforms.handlers.declared.Incompatibility.Kind;
import dev.tidegate.transforms.handlers.declared.SchemaComparison;
import dev.tidegate.transforms.handlers.declared.SourceComparison;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate sources compat}: whether a change of a source loses events or rows. */
@Command(
    name = "compat",
    description = {
      "Say whether NEW takes every event that OLD took, and has all its tables.",
      "Both are sources, or both are JSON Schemas. The exit status is 1 where that is not sure."
    },
    footer = {"", "Example: tidegate sources compat shop.yaml changed/shop.yaml"})
final class SourcesCompatCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "OLD", description = "The source or schema as it was.")
  private String older;

  @Parameters(index = "1", paramLabel = "NEW", description = "The source or schema as it will be.")
  private String newer;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      split = ",",
      hideParamSyntax = true,
      description = "Only these types of events.")
  private Set<String> types = Set.of();

  @Override
  public Integer call() throws IOException {
    List<Incompatibility> found;
    try {
      found = compare();
    } catch (IllegalArgumentException unusable) {
      throw new CommandFailure(unusable.getMessage(), unusable);
    }
    PrintWriter out = spec.commandLine().getOut();
    for (Incompatibility each : found) {
      out.printf(
          "%-11s  %s %s%n",
          each.kind() == Kind.BREAKING ? "breaking" : "cannot tell",
          each.place().isBlank() ? "/" : each.place(),
          each.rule());
    }
    out.println(conclusion(found));
    out.flush();
    return found.isEmpty() ? 0 : 1;
  }

  private List<Incompatibility> compare() throws IOException {
    YamlDocument was = schemaIn(older);
    YamlDocument is = schemaIn(newer);
    if ((was == null) != (is == null)) {
      throw new CommandFailure("Compare two sources, or two JSON Schemas");
    }
    if (was == null) {
      return SourceComparison.compare(source(older), source(newer), types);
    }
    if (!types.isEmpty()) {
      throw new CommandFailure("A JSON Schema has no types of events: leave out --type");
    }
    return SchemaComparison.compare(was.root(), is.root());
  }

  /** The JSON Schema in the file of that name; null where a source is named. */
  private static YamlDocument schemaIn(String place) throws IOException {
    Path file = Path.of(place);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    YamlDocument document = YamlDocument.parse(place, Files.readAllBytes(file));
    return document.root().has("source") ? null : document;
  }

  private static DeclaredSource source(String place) throws IOException {
    Path file = Path.of(place);
    if (Files.isRegularFile(file)) {
      return DeclaredSource.parse(place, Files.readString(file, UTF_8));
    }
    List<DeclaredSource> sources = SourceFiles.read(List.of(place));
    if (sources.size() != 1) {
      throw new CommandFailure("Compare one source with one: %s has more".formatted(place));
    }
    return sources.get(0);
  }

  private static String conclusion(List<Incompatibility> found) {
    if (found.isEmpty()) {
      return "Compatible: what was taken is taken.";
    }
    long breaking = found.stream().filter(each -> each.kind() == Kind.BREAKING).count();
    return """
    Not compatible: %d breaking, %d cannot be told.
    A schema: keep it as it was under versions, and add a new version with an upcast that leads to it.
    A table: give the changed one another name, and fill it by replay.\
    """
        .formatted(breaking, found.size() - breaking);
  }
}
