package dev.tidegate.transforms;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.beam.sdk.metrics.Metric;
import org.junit.jupiter.api.Test;

/** The page for operators against the code. */
class OperatorsPageTest {
  private static final Path PAGE = Path.of("../docs/operators.md");

  @Test
  void tellsOfEveryMetric() throws IOException, IllegalAccessException {
    String page = Files.readString(PAGE);
    int metrics = 0;
    for (Field field : PipelineMetrics.class.getFields()) {
      if (field.get(null) instanceof Metric metric) {
        assertThat(page).contains("`" + metric.getName().getName() + "`");
        metrics++;
      }
    }
    assertThat(metrics).isGreaterThan(20);
  }
}
