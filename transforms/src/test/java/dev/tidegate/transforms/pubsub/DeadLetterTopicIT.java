package dev.tidegate.transforms.pubsub;

import static dev.tidegate.testing.PubsubRestClient.SUBSCRIPTION;
import static dev.tidegate.testing.PubsubRestClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.PubsubRestClient;
import dev.tidegate.transforms.PublishDeadLetters;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.testing.TestStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters on a real topic: the largest and oddest is taken, too. */
class DeadLetterTopicIT {
  private static final byte[] BODY = {0, (byte) 0xff, '\n'};

  @TempDir Path folder;

  @Test
  void lettersArriveWithTheOriginalAndWhatWasWrong() throws IOException {
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      PubsubRestClient client = new PubsubRestClient(server.endpoint());
      client.createTopicAndSubscription();
      publish(server, letter(BODY, Map.of("tenant_id", "ä")), oversized());

      JsonNode received =
          PubsubRestClient.ok(client.post(SUBSCRIPTION + ":pull", "{\"maxMessages\": 10}"))
              .get("receivedMessages");
      assertThat(received)
          .hasSize(2)
          .anySatisfy(
              message -> {
                assertThat(message.at("/message/data").binaryValue()).isEqualTo(BODY);
                assertThat(message.at("/message/attributes/tenant_id").asText()).isEqualTo("ä");
                assertThat(message.at("/message/attributes/dead_letter_stage").asText())
                    .isEqualTo("Decode");
              })
          .anySatisfy(
              message ->
                  assertThat(message.at("/message/attributes/dead_letter_body_left_out").asText())
                      .isEqualTo("true"));
    }
  }

  private static void publish(EmbeddedPubsub server, DeadLetter... letters) {
    PubsubOptions options = PipelineOptionsFactory.create().as(PubsubOptions.class);
    options.setPubsubRootUrl("http://" + server.endpoint());
    options.setCredentialFactoryClass(NoopCredentialFactory.class);
    TestStream.Builder<DeadLetter> stream = TestStream.create(DeadLetterCoder.of());
    for (DeadLetter letter : letters) {
      stream = stream.addElements(letter);
    }
    Pipeline pipeline = Pipeline.create(options);
    pipeline
        .apply(
            stream
                .advanceProcessingTime(org.joda.time.Duration.standardMinutes(1))
                .advanceWatermarkToInfinity())
        .apply("Publish", PublishDeadLetters.to(TOPIC));
    pipeline.run().waitUntilFinish();
  }

  private static DeadLetter oversized() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      attributes.put("a" + i, "€".repeat(1_000));
    }
    return letter(new byte[9_900_000], attributes);
  }

  private static DeadLetter letter(byte[] body, Map<String, String> attributes) {
    return DeadLetter.builder()
        .event(
            RawEvent.builder()
                .tenantId("acme")
                .source("orders")
                .messageId("m-1")
                .publishTime(Instant.parse("2026-02-01T00:00:00Z"))
                .attributes(attributes)
                .body(body)
                .build())
        .stage("Decode")
        .errorClass(ErrorClass.UNDECODABLE)
        .errorMessage("the body is not JSON")
        .failedAt(Instant.parse("2026-02-01T00:00:01Z"))
        .build();
  }
}
