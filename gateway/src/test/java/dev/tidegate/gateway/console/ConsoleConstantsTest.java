package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the pages offer to choose from is what there is: no page knows less than the API. */
class ConsoleConstantsTest {
  private static final Pattern CONSTANT = Pattern.compile("'([A-Z_]+)'");

  private static String resource(String name) throws IOException {
    try (InputStream file =
        ConsoleRoutes.class.getResourceAsStream("/dev/tidegate/gateway/" + name)) {
      return new String(file.readAllBytes(), UTF_8);
    }
  }

  private static List<String> list(String page, String name) throws IOException {
    Matcher list =
        Pattern.compile("const " + name + " = \\[([^\\]]*)]")
            .matcher(resource("console/pages/" + page + ".js"));
    assertThat(list.find()).as("%s of %s", name, page).isTrue();
    return CONSTANT.matcher(list.group(1)).results().map(constant -> constant.group(1)).toList();
  }

  private static List<String> names(Enum<?>[] constants) {
    return Arrays.stream(constants).map(Enum::name).toList();
  }

  @Test
  void theAuditIsFilteredByEachAction() throws IOException {
    assertThat(list("audit", "ACTIONS"))
        .containsExactlyInAnyOrderElementsOf(names(AuditAction.values()));
  }

  @ParameterizedTest
  @CsvSource({"events", "issues"})
  void failuresAreFilteredByEachClass(String page) throws IOException {
    assertThat(list(page, "ERROR_CLASSES"))
        .containsExactlyInAnyOrderElementsOf(names(ErrorClass.values()));
  }

  @ParameterizedTest
  @CsvSource({
    "issues, STATES, /admin/issues, state",
    "replays, STATUSES, /admin/replays, status",
    "tasks, STATUSES, /tasks, status",
    "sagas, STATUSES, /sagas, status",
    "audit, ACTIONS, /admin/audit, action"
  })
  void listsAreFilteredByEachStatus(String page, String name, String path, String parameter)
      throws IOException {
    for (JsonNode described :
        new YAMLMapper()
            .readTree(resource("openapi.yaml"))
            .path("paths")
            .path(path)
            .at("/get/parameters")) {
      if (described.path("name").asText().equals(parameter)) {
        assertThat(described.at("/schema/enum"))
            .extracting(JsonNode::asText)
            .containsExactlyInAnyOrderElementsOf(list(page, name));
        return;
      }
    }
    throw new AssertionError("the API has no parameter %s of %s".formatted(parameter, path));
  }
}
