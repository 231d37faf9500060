package dev.tidegate.templates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.util.ClassInfo;
import com.google.api.services.dataflow.model.ParameterMetadata;
import com.google.api.services.dataflow.model.ParameterMetadataEnumOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The templates' metadata say what the options do, and are what Google reads. */
class TemplateMetadataTest {
  /** As the API's reference has them; those that are used. */
  private static final Set<String> TYPES =
      Set.of("TEXT", "ENUM", "BOOLEAN", "NUMBER", "PUBSUB_TOPIC", "PUBSUB_SUBSCRIPTION");

  @ParameterizedTest
  @EnumSource
  void areUpToDate(Template template) throws IOException {
    CommittedFile.isUpToDate(
        "templates/metadata/" + template.name().toLowerCase(Locale.ROOT) + ".json",
        TemplateMetadata.json(template),
        "An option came, went or changed, and the template's metadata do not say so.",
        TemplateMetadataTest.class);
  }

  @ParameterizedTest
  @EnumSource
  void everyOptionIsAParameterOrLeftOutForAReason(Template template) {
    List<String> named =
        new ArrayList<>(template.parameters().stream().map(TemplateParameter::name).toList());
    named.addAll(template.omitted().keySet());

    assertThat(named).doesNotHaveDuplicates();
    assertThat(named).containsExactlyInAnyOrderElementsOf(template.options().keySet());
  }

  @ParameterizedTest
  @EnumSource
  void allKeysAreOfTheApi(Template template) throws IOException {
    JsonNode metadata = new ObjectMapper().readTree(TemplateMetadata.json(template));

    isKnown(metadata, com.google.api.services.dataflow.model.TemplateMetadata.class);
    Set<String> names = new HashSet<>();
    for (JsonNode parameter : metadata.path("parameters")) {
      isKnown(parameter, ParameterMetadata.class);
      parameter
          .path("enumOptions")
          .forEach(value -> isKnown(value, ParameterMetadataEnumOption.class));
      assertThat(TYPES).contains(parameter.path("paramType").asText());
      assertThat(parameter.path("label").asText()).isNotBlank();
      assertThat(parameter.path("helpText").asText()).isNotBlank();
      // The console shows a parameter by one that it has met.
      assertThat(names).as("%s", parameter).containsAll(parent(parameter));
      names.add(parameter.path("name").asText());
    }
  }

  @Test
  void noDefaultIsRefusedByItsOwnExpression() {
    for (Template template : Template.values()) {
      for (TemplateParameter parameter : template.parameters()) {
        String value = template.options().get(parameter.name()).defaultValue();
        if (parameter.regex() != null && value != null) {
          assertThat(value).as(parameter.name()).matches(parameter.regex());
        }
      }
    }
  }

  @Test
  void whatBeamRequiresTheStreamingTemplateRequires() {
    assertThat(
            Template.STREAMING.parameters().stream()
                .filter(TemplateParameter::required)
                .map(TemplateParameter::name))
        .containsAll(
            Template.STREAMING.options().values().stream()
                .filter(TemplateOption::required)
                .map(TemplateOption::name)
                .toList());
  }

  /** Of the other, on Dataflow only: a worker's environment cannot be set there. */
  @ParameterizedTest
  @EnumSource
  void withoutARequiredParameterNothingIsLaunched(Template template) {
    Launch launch = Launch.of(template);
    assertThat(launch.mistakes()).isEmpty();
    template.parameters().stream()
        .filter(TemplateParameter::required)
        .map(TemplateParameter::name)
        .filter(name -> !name.equals("jdbcPasswordSecret"))
        .forEach(name -> assertThat(launch.without(name).mistakes()).contains("--" + name));
  }

  @Test
  void anOptionThatThereIsNotIsRefused() {
    assertThatThrownBy(() -> Launch.of(Template.REPLAY).with("nonsense", "1").mistakes())
        .hasMessageContaining("nonsense");
  }

  private static void isKnown(JsonNode json, Class<?> type) {
    assertThat(ClassInfo.of(type).getNames())
        .containsAll(
            new ArrayList<>(json.properties().stream().map(field -> field.getKey()).toList()));
  }

  private static List<String> parent(JsonNode parameter) {
    return parameter.has("parentName") ? List.of(parameter.path("parentName").asText()) : List.of();
  }
}
