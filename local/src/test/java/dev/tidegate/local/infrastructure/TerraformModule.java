package dev.tidegate.local.infrastructure;

import com.bertramlabs.plugins.hcl4j.HCLParser;
import com.bertramlabs.plugins.hcl4j.HCLParserException;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The Terraform module's files, parsed without Terraform. Values that refer to something are not
 * worked out: where a test looks at one, it looks at its text.
 */
final class TerraformModule {
  /** Computed locals and nothing else, beyond this parser; Terraform itself evaluates them. */
  static final Set<String> BEYOND_THE_PARSER =
      Set.of(
          "consumer-filters.tf", "dashboard-charts.tf", "metric-queries.tf", "view-definitions.tf");

  /** A resource: its type, its name and what stands in it. */
  record Resource(String type, String name, Map<String, Object> body) {
    /** A reference, such as google_service_account.pipeline.email, as text. */
    String text(String attribute) {
      return String.valueOf(body.get(attribute));
    }
  }

  private final List<Resource> resources = new ArrayList<>();
  private final Map<String, Object> locals = new TreeMap<>();
  private final Map<String, Object> variables = new TreeMap<>();
  private final Map<String, Object> outputs = new TreeMap<>();
  private final String text;

  private TerraformModule(String text) {
    this.text = text;
  }

  static TerraformModule read() throws IOException, HCLParserException {
    StringBuilder text = new StringBuilder();
    List<Path> files = Repository.files(Repository.TERRAFORM, ".tf");
    for (Path file : files) {
      text.append(Files.readString(file)).append('\n');
    }
    TerraformModule module = new TerraformModule(text.toString());
    for (Path file : files) {
      if (!BEYOND_THE_PARSER.contains(file.getFileName().toString())) {
        module.add(new HCLParser().parse(Files.readString(file)));
      }
    }
    return module;
  }

  private void add(Map<String, Object> file) {
    blocks(file, "resource")
        .forEach(
            (type, named) ->
                map(named)
                    .forEach((name, body) -> resources.add(new Resource(type, name, map(body)))));
    locals.putAll(blocks(file, "locals"));
    variables.putAll(blocks(file, "variable"));
    outputs.putAll(blocks(file, "output"));
  }

  private static Map<String, Object> blocks(Map<String, Object> file, String kind) {
    return file.containsKey(kind) ? map(file.get(kind)) : Map.of();
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  /** All of the module's text. */
  String text() {
    return text;
  }

  List<Resource> resources() {
    return resources;
  }

  Resource resource(String type, String name) {
    return resources.stream()
        .filter(resource -> resource.type().equals(type) && resource.name().equals(name))
        .findAny()
        .orElseThrow(() -> new AssertionError("there is no " + type + "." + name));
  }

  Object local(String name) {
    if (!locals.containsKey(name)) {
      throw new AssertionError("there is no local." + name);
    }
    return locals.get(name);
  }

  @SuppressWarnings("unchecked")
  List<String> names(String local) {
    return (List<String>) local(local);
  }

  Map<String, Object> variables() {
    return variables;
  }

  Map<String, Object> outputs() {
    return outputs;
  }
}
