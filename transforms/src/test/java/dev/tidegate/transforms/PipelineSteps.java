package dev.tidegate.transforms;

import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;

/** The steps from a message to its upserts, as the pipeline does them, without a pipeline. */
public final class PipelineSteps {
  private PipelineSteps() {}

  /**
   * What becomes of a message of {@code source} before it is written; empty where a step rejects
   * it.
   */
  public static Optional<TransformedEvent> apply(
      String tenant, String source, String body, Instant publishTime) {
    return apply(EventSources.installed(), tenant, source, body, Map.of(), publishTime);
  }

  /** As {@link #apply(String, String, String, Instant)}, with these sources and attributes. */
  public static Optional<TransformedEvent> apply(
      EventSources sources,
      String tenant,
      String source,
      String body,
      Map<String, String> attributes,
      Instant publishTime) {
    PubsubMessage message =
        new PubsubMessage(
            body.getBytes(StandardCharsets.UTF_8), attributes, "m-" + publishTime.toEpochMilli());
    try {
      RawEvent event =
          new ReadEvents.IdentifyFn(tenant, source, new StampKey("env:NO_SUCH_KEY"), sources)
              .identify(message, publishTime);
      sources.validate(event);
      return Optional.of(sources.transform(event));
    } catch (PermanentFailureException rejected) {
      return Optional.empty();
    }
  }
}
