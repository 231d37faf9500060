package dev.tidegate.templates;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A translated pipeline as a page for reviewers: a line a step, with its full name, its kind, the
 * coders of what it puts out, and the state it keeps.
 */
final class StepList {
  private StepList() {}

  /** The steps' names, which a running job is updated by. */
  static List<String> names(DataflowTranslation translation) {
    List<String> names = new ArrayList<>();
    translation.job().path("steps").forEach(step -> names.add(property(step, "user_name")));
    return names;
  }

  /** The coders of each step that puts something out. */
  static List<String> outputs(DataflowTranslation translation) {
    List<String> coders = new ArrayList<>();
    translation.job().path("steps").forEach(step -> coders.add(outputs(step)));
    return coders;
  }

  static String text(DataflowTranslation translation) {
    Map<String, List<StepState>> states = StepState.of(translation.pipeline());
    StringBuilder text = new StringBuilder();
    for (JsonNode step : translation.job().path("steps")) {
      String name = property(step, "user_name");
      text.append(name).append(" | ").append(step.path("kind").asText());
      text.append(" | ").append(outputs(step));
      if (step.path("properties").has("uses_keyed_state")) {
        text.append(" | STATE ").append(stateOf(name, states));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String outputs(JsonNode step) {
    List<String> coders = new ArrayList<>();
    step.path("properties")
        .path("output_info")
        .forEach(output -> coders.add(Coders.compact(output.path("encoding"))));
    return coders.isEmpty() ? "-" : String.join(", ", coders);
  }

  /** The job knows that a step keeps state, and the pipeline which; its steps are called longer. */
  private static String stateOf(String step, Map<String, List<StepState>> states) {
    return states.entrySet().stream()
        .filter(entry -> entry.getKey().equals(step) || entry.getKey().startsWith(step + "/"))
        .flatMap(entry -> entry.getValue().stream())
        .map(StepState::toString)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String property(JsonNode step, String name) {
    return step.path("properties").path(name).path("value").asText();
  }
}
