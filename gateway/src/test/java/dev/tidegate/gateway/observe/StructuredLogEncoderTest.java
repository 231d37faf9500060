package dev.tidegate.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class StructuredLogEncoderTest {
  @Test
  void aLineHasWhatCloudLoggingLooksForAndEveryKey() throws Exception {
    LoggerContext logging = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent(
            "fqcn",
            logging.getLogger("dev.tidegate.gateway"),
            Level.WARN,
            "refused {}\n\"it\"",
            new IllegalStateException("why"),
            new Object[] {1});
    event.setMDCPropertyMap(Map.of("request_id", "r-1"));
    event.addKeyValuePair(new KeyValuePair("reason", "signature"));
    StructuredLogEncoder encoder = new StructuredLogEncoder();
    encoder.start();

    byte[] line = encoder.encode(event);

    assertThat(new String(line, java.nio.charset.StandardCharsets.UTF_8)).hasLineCount(1);
    JsonNode json = Json.parse(line);
    assertThat(json.path("severity").asText()).isEqualTo("WARNING");
    assertThat(json.path("message").asText()).isEqualTo("refused 1\n\"it\"");
    assertThat(json.path("time").asText()).endsWith("Z");
    assertThat(json.path("request_id").asText()).isEqualTo("r-1");
    assertThat(json.path("reason").asText()).isEqualTo("signature");
    assertThat(json.path("exception").asText()).contains("IllegalStateException: why");
  }
}
