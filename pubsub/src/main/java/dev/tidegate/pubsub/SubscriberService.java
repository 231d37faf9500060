package dev.tidegate.pubsub;

import com.google.protobuf.Empty;
import com.google.pubsub.v1.AcknowledgeRequest;
import com.google.pubsub.v1.DeleteSubscriptionRequest;
import com.google.pubsub.v1.GetSubscriptionRequest;
import com.google.pubsub.v1.ListSubscriptionsRequest;
import com.google.pubsub.v1.ListSubscriptionsResponse;
import com.google.pubsub.v1.ModifyAckDeadlineRequest;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.PushConfig;
import com.google.pubsub.v1.StreamingPullRequest;
import com.google.pubsub.v1.StreamingPullResponse;
import com.google.pubsub.v1.SubscriberGrpc.SubscriberImplBase;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.UpdateSubscriptionRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;

/**
 * {@code google.pubsub.v1.Subscriber}, but for snapshots and seeking.
 *
 * <p>Pull subscriptions only. Settings that would change what is delivered, when or how often, and
 * that this server does not heed, are refused with UNIMPLEMENTED; retention and expiry are kept and
 * shown only: nothing waiting is ever dropped.
 */
final class SubscriberService extends SubscriberImplBase {
  private static final int DEFAULT_ACK_DEADLINE_SECONDS = 10;
  private static final int SHORTEST_ACK_DEADLINE_SECONDS = 10;
  private static final int LONGEST_ACK_DEADLINE_SECONDS = 600;
  private static final Set<String> CHANGEABLE =
      Set.of(
          "ack_deadline_seconds",
          "labels",
          "message_retention_duration",
          "retain_acked_messages",
          "expiration_policy");

  private final Broker broker;

  SubscriberService(Broker broker) {
    this.broker = broker;
  }

  @Override
  public void createSubscription(Subscription request, StreamObserver<Subscription> client) {
    ResourceName.subscription(request.getName());
    ResourceName.topic(request.getTopic());
    MessageFilter.parse(request.getFilter());
    refuseUnoffered(request);
    Subscription.Builder settings = request.toBuilder().setState(Subscription.State.ACTIVE);
    if (settings.getAckDeadlineSeconds() == 0) {
      settings.setAckDeadlineSeconds(DEFAULT_ACK_DEADLINE_SECONDS);
    }
    checkStreamAckDeadline(settings.getAckDeadlineSeconds());
    Replies.reply(client, broker.createSubscription(settings.build()));
  }

  @Override
  public void getSubscription(GetSubscriptionRequest request, StreamObserver<Subscription> client) {
    Replies.reply(client, broker.subscription(request.getSubscription()).settings());
  }

  @Override
  public void updateSubscription(
      UpdateSubscriptionRequest request, StreamObserver<Subscription> client) {
    Subscription source = request.getSubscription();
    Replies.reply(
        client,
        broker.updateSubscription(
            source.getName(),
            settings -> {
              Subscription.Builder updated = settings.toBuilder();
              SettingsUpdate.apply(request.getUpdateMask(), source, updated, CHANGEABLE);
              checkStreamAckDeadline(updated.getAckDeadlineSeconds());
              return updated.build();
            }));
  }

  @Override
  public void listSubscriptions(
      ListSubscriptionsRequest request, StreamObserver<ListSubscriptionsResponse> client) {
    String prefix =
        ResourceName.prefix(request.getProject(), ResourceName.Collection.SUBSCRIPTIONS);
    NamePage page =
        NamePage.of(
            broker.subscriptionNames(), prefix, request.getPageSize(), request.getPageToken());
    ListSubscriptionsResponse.Builder response =
        ListSubscriptionsResponse.newBuilder().setNextPageToken(page.nextToken());
    page.names().forEach(name -> response.addSubscriptions(broker.subscription(name).settings()));
    Replies.reply(client, response.build());
  }

  @Override
  public void deleteSubscription(DeleteSubscriptionRequest request, StreamObserver<Empty> client) {
    Replies.replyEmpty(client, broker.deleteSubscription(request.getSubscription()));
  }

  @Override
  @SuppressWarnings("deprecation") // return_immediately is deprecated, and Beam sets it.
  public void pull(PullRequest request, StreamObserver<PullResponse> client) {
    LiveSubscription subscription = broker.subscription(request.getSubscription());
    if (request.getMaxMessages() <= 0) {
      throw Statuses.invalidArgument("max_messages must be greater than 0.");
    }
    subscription.pull(
        request.getMaxMessages(),
        request.getReturnImmediately(),
        (ServerCallStreamObserver<PullResponse>) client);
  }

  @Override
  public StreamObserver<StreamingPullRequest> streamingPull(
      StreamObserver<StreamingPullResponse> client) {
    return new StreamingPullCall(broker, (ServerCallStreamObserver<StreamingPullResponse>) client);
  }

  @Override
  public void acknowledge(AcknowledgeRequest request, StreamObserver<Empty> client) {
    broker.acknowledge(broker.subscription(request.getSubscription()), request.getAckIdsList());
    Replies.reply(client, Empty.getDefaultInstance());
  }

  @Override
  public void modifyAckDeadline(ModifyAckDeadlineRequest request, StreamObserver<Empty> client) {
    LiveSubscription subscription = broker.subscription(request.getSubscription());
    int seconds = request.getAckDeadlineSeconds();
    checkAckDeadline(seconds);
    List<AckId> ackIds = request.getAckIdsList().stream().map(AckId::parse).toList();
    ackIds.forEach(ackId -> subscription.modifyAckDeadline(ackId, seconds));
    Replies.reply(client, Empty.getDefaultInstance());
  }

  /** A message's deadline may be anything up to the longest; 0 returns the message. */
  static void checkAckDeadline(int seconds) {
    if (seconds < 0 || seconds > LONGEST_ACK_DEADLINE_SECONDS) {
      throw Statuses.invalidArgument(
          "The ack deadline must be between 0 and " + LONGEST_ACK_DEADLINE_SECONDS + " seconds.");
    }
  }

  /** A subscription's or stream's deadline has a lower bound too. */
  static void checkStreamAckDeadline(int seconds) {
    if (seconds < SHORTEST_ACK_DEADLINE_SECONDS || seconds > LONGEST_ACK_DEADLINE_SECONDS) {
      throw Statuses.invalidArgument(
          "The ack deadline must be between "
              + SHORTEST_ACK_DEADLINE_SECONDS
              + " and "
              + LONGEST_ACK_DEADLINE_SECONDS
              + " seconds.");
    }
  }

  private static void refuseUnoffered(Subscription settings) {
    refuseIf(!settings.getPushConfig().equals(PushConfig.getDefaultInstance()), "Push delivery");
    refuseIf(settings.hasBigqueryConfig(), "Delivery to BigQuery");
    refuseIf(settings.hasCloudStorageConfig(), "Delivery to Cloud Storage");
    refuseIf(settings.getEnableMessageOrdering(), "Ordered delivery");
    refuseIf(settings.getEnableExactlyOnceDelivery(), "Exactly-once delivery");
    refuseIf(settings.hasDeadLetterPolicy(), "A dead-letter policy");
    refuseIf(settings.hasRetryPolicy(), "A retry policy");
    refuseIf(settings.getMessageTransformsCount() > 0, "Transforming messages");
  }

  private static void refuseIf(boolean asked, String what) {
    if (asked) {
      throw Statuses.unimplemented(what);
    }
  }
}
