package dev.tidegate.pipeline.launch;

import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.services.pubsub.Pubsub;
import com.google.api.services.pubsub.model.Subscription;
import com.google.api.services.pubsub.model.TestIamPermissionsRequest;
import com.google.api.services.pubsub.model.TestIamPermissionsResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.beam.sdk.options.PipelineOptions;

/** Checks that Pub/Sub has what a job reads and writes. */
public final class PubsubChecks {
  private static final String OPTION = "--inputSubscription";
  private static final String CONSUME = "pubsub.subscriptions.consume";
  private static final String PUBLISH = "pubsub.topics.publish";
  private static final Set<Integer> UNSUPPORTED = Set.of(404, 405, 501);
  private static final String NO_TOPIC = "_deleted-topic_";

  private PubsubChecks() {}

  /**
   * The subscription is there, may be read, and asks nothing of the pipeline that it cannot do. The
   * runner acknowledges and repeats by itself, so a dead-letter policy would take events away from
   * it during an outage, and Dataflow supports neither that nor a retry policy or ordering.
   *
   * @param options how Pub/Sub is reached
   * @param subscription {@code projects/PROJECT/subscriptions/NAME}
   */
  public static LaunchCheck subscription(PipelineOptions options, String subscription) {
    return new LaunchCheck(OPTION, () -> mistakesOf(options, subscription));
  }

  private static List<String> mistakesOf(PipelineOptions options, String subscription)
      throws IOException {
    OptionReader reader = new OptionReader();
    Pubsub.Projects.Subscriptions client = GoogleClients.pubsub(options).projects().subscriptions();
    String hint = hint(options, subscription);
    try {
      checkSettings(client.get(subscription).execute(), reader);
      reader.check(
          mayRead(client, subscription),
          "%s may not be read: grant roles/pubsub.subscriber on %s to the service account that runs this%s"
              .formatted(OPTION, subscription, hint));
    } catch (GoogleJsonResponseException refused) {
      switch (refused.getStatusCode()) {
        case 404 ->
            reader.add(OPTION + " must be a subscription, and there is no " + subscription + hint);
        case 401, 403 ->
            reader.add(
                "%s may not be looked at: grant roles/pubsub.viewer and roles/pubsub.subscriber on %s to the service account that runs this%s"
                    .formatted(OPTION, subscription, hint));
        default -> throw refused;
      }
    }
    return reader.mistakes();
  }

  /** A subscription of another project can be granted; most often it is a slip. */
  private static String hint(PipelineOptions options, String subscription) {
    String project = subscription.split("/")[1];
    return JobPlacement.projectOf(options)
        .filter(own -> !own.equals(project))
        .map(
            own ->
                "; it is of the project %s and the job of %s: name a subscription of %s, or have %s grant this one"
                    .formatted(project, own, own, project))
        .orElse("");
  }

  private static void checkSettings(Subscription settings, OptionReader reader) {
    String must = OPTION + " must have ";
    reader.check(
        settings.getDeadLetterPolicy() == null,
        must
            + "no dead-letter policy: an outage would make dead letters of good events; gcloud"
            + " pubsub subscriptions update --clear-dead-letter-policy");
    reader.check(
        settings.getRetryPolicy() == null,
        must
            + "no retry policy: the runner repeats by itself; gcloud pubsub subscriptions update"
            + " --clear-retry-policy");
    reader.check(
        !Boolean.TRUE.equals(settings.getEnableMessageOrdering()),
        must + "no message ordering, which slows reading and which nothing needs: make another");
    reader.check(
        isPulled(settings), must + "neither push nor export: the pipeline pulls; make another");
    reader.check(
        !Boolean.TRUE.equals(settings.getDetached()) && !NO_TOPIC.equals(settings.getTopic()),
        must + "a topic, and it has none any more: make another");
  }

  private static boolean isPulled(Subscription settings) {
    return settings.getBigqueryConfig() == null
        && (settings.getPushConfig() == null
            || !OptionReader.isGiven(settings.getPushConfig().getPushEndpoint()));
  }

  private static boolean mayRead(Pubsub.Projects.Subscriptions client, String subscription)
      throws IOException {
    try {
      return isGranted(client.testIamPermissions(subscription, asking(CONSUME)).execute());
    } catch (GoogleJsonResponseException unsupported) {
      // An emulator has no permissions: whoever can look there can read.
      if (UNSUPPORTED.contains(unsupported.getStatusCode())) {
        return true;
      }
      throw unsupported;
    }
  }

  /**
   * A topic that is published to is there.
   *
   * @param options how Pub/Sub is reached
   * @param option the option that names the topic, with its dashes
   * @param topic {@code projects/PROJECT/topics/NAME}
   */
  public static LaunchCheck topic(PipelineOptions options, String option, String topic) {
    return new LaunchCheck(option, () -> mistakesOf(options, option, topic));
  }

  private static List<String> mistakesOf(PipelineOptions options, String option, String topic)
      throws IOException {
    Pubsub.Projects.Topics client = GoogleClients.pubsub(options).projects().topics();
    try {
      client.get(topic).execute();
      return List.of();
    } catch (GoogleJsonResponseException refused) {
      return switch (refused.getStatusCode()) {
        case 404 -> List.of(option + " must be a topic, and there is no " + topic);
        case 401, 403 ->
            mayPublish(client, topic)
                ? List.of()
                : List.of(
                    "%s may not be published to: grant roles/pubsub.publisher on %s to the service account that runs this"
                        .formatted(option, topic));
        default -> throw refused;
      };
    }
  }

  /** An account that may publish to a topic need not be able to look at it. */
  private static boolean mayPublish(Pubsub.Projects.Topics client, String topic)
      throws IOException {
    try {
      return isGranted(client.testIamPermissions(topic, asking(PUBLISH)).execute());
    } catch (GoogleJsonResponseException refused) {
      return false;
    }
  }

  private static TestIamPermissionsRequest asking(String permission) {
    return new TestIamPermissionsRequest().setPermissions(List.of(permission));
  }

  /** The answer has those of the permissions asked for that are granted. */
  private static boolean isGranted(TestIamPermissionsResponse answer) {
    return answer.getPermissions() != null && !answer.getPermissions().isEmpty();
  }
}
