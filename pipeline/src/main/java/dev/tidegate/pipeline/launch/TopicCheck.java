package dev.tidegate.pipeline.launch;

import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.services.pubsub.Pubsub;
import com.google.api.services.pubsub.model.TestIamPermissionsRequest;
import java.io.IOException;
import java.util.List;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * A topic that is published to is there.
 *
 * @param options how Pub/Sub is reached
 * @param option the option that names the topic, with its dashes
 * @param topic {@code projects/PROJECT/topics/NAME}
 */
public record TopicCheck(PipelineOptions options, String option, String topic)
    implements LaunchCheck {
  private static final String PUBLISH = "pubsub.topics.publish";

  @Override
  public List<String> mistakes() throws IOException {
    Pubsub.Projects.Topics client = GoogleClients.pubsub(options).projects().topics();
    try {
      client.get(topic).execute();
      return List.of();
    } catch (GoogleJsonResponseException refused) {
      return switch (refused.getStatusCode()) {
        case 404 -> List.of(option + " must be a topic, and there is no " + topic);
        case 401, 403 -> mayPublish(client) ? List.of() : List.of(lackingGrant());
        default -> throw refused;
      };
    }
  }

  /** Who may publish to a topic need not be able to look at it. */
  private boolean mayPublish(Pubsub.Projects.Topics client) throws IOException {
    try {
      List<String> granted =
          client
              .testIamPermissions(
                  topic, new TestIamPermissionsRequest().setPermissions(List.of(PUBLISH)))
              .execute()
              .getPermissions();
      return granted != null && granted.contains(PUBLISH);
    } catch (GoogleJsonResponseException refused) {
      return false;
    }
  }

  private String lackingGrant() {
    return "%s may not be published to: grant roles/pubsub.publisher on %s to the service account that runs this"
        .formatted(option, topic);
  }
}
