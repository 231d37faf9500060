package dev.tidegate.templates;

import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import java.util.Map;
import java.util.TreeMap;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/** A launch of a pipeline with parameters, up to where it would need a network. */
record Launch(Template template, Map<String, String> parameters) {
  /** With what must be given. */
  static Launch of(Template template) {
    Map<String, String> parameters = new TreeMap<>();
    parameters.put("archiveDataset", "some-project.tidegate");
    parameters.put("jdbcUrl", "jdbc:postgresql://10.0.0.5/tidegate");
    parameters.put("jdbcUsername", "tidegate");
    parameters.put("jdbcPasswordSecret", "projects/some-project/secrets/password/versions/latest");
    if (template == Template.STREAMING) {
      parameters.put("inputSubscription", "projects/some-project/subscriptions/events");
    } else {
      parameters.put("from", "ARCHIVE_BIGQUERY");
      parameters.put("outputTopic", "projects/some-project/topics/events");
    }
    return new Launch(template, parameters);
  }

  Launch with(String name, String value) {
    Map<String, String> more = new TreeMap<>(parameters);
    more.put(name, value);
    return new Launch(template, more);
  }

  Launch without(String name) {
    Map<String, String> fewer = new TreeMap<>(parameters);
    fewer.remove(name);
    return new Launch(template, fewer);
  }

  /** What the pipeline finds wrong; empty if nothing. */
  String mistakes() {
    PipelineOptionsFactory.Builder given =
        PipelineOptionsFactory.fromArgs(
            parameters.entrySet().stream()
                .map(parameter -> "--" + parameter.getKey() + "=" + parameter.getValue())
                .toArray(String[]::new));
    if (template == Template.STREAMING) {
      EventPipelineOptions options = given.as(EventPipelineOptions.class);
      return mistakes(() -> EventPipelineConfiguration.of(options));
    }
    ReplayPipelineOptions options = given.as(ReplayPipelineOptions.class);
    return mistakes(() -> ReplayPipelineConfiguration.of(options));
  }

  private static String mistakes(Runnable reading) {
    try {
      reading.run();
      return "";
    } catch (IllegalArgumentException refused) {
      return refused.getMessage();
    }
  }
}
