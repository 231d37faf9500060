package dev.tidegate.pipeline.launch;

import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.services.pubsub.Pubsub;
import com.google.api.services.pubsub.model.Subscription;
import com.google.api.services.pubsub.model.TestIamPermissionsRequest;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * The subscription is there, may be read, and asks nothing of the pipeline that it cannot do: the
 * runner acknowledges and repeats by itself, so a dead-letter policy would take events away from it
 * during an outage, and Dataflow supports neither that nor a retry policy or ordering.
 */
public final class SubscriptionCheck implements LaunchCheck {
  private static final String OPTION = "--inputSubscription";
  private static final String CONSUME = "pubsub.subscriptions.consume";
  private static final Set<Integer> UNSUPPORTED = Set.of(404, 405, 501);
  private static final String NO_TOPIC = "_deleted-topic_";

  private final PipelineOptions options;
  private final String subscription;

  /**
   * @param subscription {@code projects/PROJECT/subscriptions/NAME}
   */
  public SubscriptionCheck(PipelineOptions options, String subscription) {
    this.options = options;
    this.subscription = subscription;
  }

  @Override
  public String option() {
    return OPTION;
  }

  @Override
  public List<String> mistakes() throws IOException {
    OptionMistakes mistakes = new OptionMistakes();
    Pubsub.Projects.Subscriptions client = GoogleClients.pubsub(options).projects().subscriptions();
    try {
      checkSettings(client.get(subscription).execute(), mistakes);
      checkPermission(client, mistakes);
    } catch (GoogleJsonResponseException refused) {
      switch (refused.getStatusCode()) {
        case 404 ->
            mistakes.add(
                OPTION + " must be a subscription, and there is no " + subscription + hint());
        case 401, 403 ->
            mistakes.add(
                "%s may not be looked at: grant roles/pubsub.viewer and roles/pubsub.subscriber on %s to the service account that runs this%s"
                    .formatted(OPTION, subscription, hint()));
        default -> throw refused;
      }
    }
    return mistakes.list();
  }

  /** Another project's may be read where that project grants it; most often it is a slip. */
  private String hint() {
    String project = subscription.split("/")[1];
    return LocationCheck.projectOf(options)
        .filter(own -> !own.equals(project))
        .map(
            own ->
                "; it is of the project %s and the job of %s: name a subscription of %s, or have %s grant this one"
                    .formatted(project, own, own, project))
        .orElse("");
  }

  private void checkSettings(Subscription settings, OptionMistakes mistakes) {
    String must = OPTION + " must have ";
    mistakes.check(
        settings.getDeadLetterPolicy() == null,
        must
            + "no dead-letter policy: an outage would make dead letters of good events; gcloud"
            + " pubsub subscriptions update --clear-dead-letter-policy");
    mistakes.check(
        settings.getRetryPolicy() == null,
        must
            + "no retry policy: the runner repeats by itself; gcloud pubsub subscriptions update"
            + " --clear-retry-policy");
    mistakes.check(
        !Boolean.TRUE.equals(settings.getEnableMessageOrdering()),
        must + "no message ordering, which slows reading and which nothing needs: make another");
    mistakes.check(
        isPulled(settings), must + "neither push nor export: the pipeline pulls; make another");
    mistakes.check(
        !Boolean.TRUE.equals(settings.getDetached()) && !NO_TOPIC.equals(settings.getTopic()),
        must + "a topic, and it has none any more: make another");
  }

  private static boolean isPulled(Subscription settings) {
    return settings.getBigqueryConfig() == null
        && (settings.getPushConfig() == null
            || !OptionMistakes.isGiven(settings.getPushConfig().getPushEndpoint()));
  }

  private void checkPermission(Pubsub.Projects.Subscriptions client, OptionMistakes mistakes)
      throws IOException {
    try {
      List<String> granted =
          client
              .testIamPermissions(
                  subscription, new TestIamPermissionsRequest().setPermissions(List.of(CONSUME)))
              .execute()
              .getPermissions();
      mistakes.check(
          granted != null && granted.contains(CONSUME),
          "%s may not be read: grant roles/pubsub.subscriber on %s to the service account that runs this%s"
              .formatted(OPTION, subscription, hint()));
    } catch (GoogleJsonResponseException unsupported) {
      // Emulators have no permissions: whoever may look there may read.
      if (!UNSUPPORTED.contains(unsupported.getStatusCode())) {
        throw unsupported;
      }
    }
  }
}
