package dev.tidegate.pubsub;

import com.google.protobuf.Duration;
import com.google.protobuf.Empty;
import com.google.protobuf.util.Durations;
import com.google.pubsub.v1.AcknowledgeRequest;
import com.google.pubsub.v1.DeadLetterPolicy;
import com.google.pubsub.v1.DeleteSubscriptionRequest;
import com.google.pubsub.v1.GetSubscriptionRequest;
import com.google.pubsub.v1.ListSubscriptionsRequest;
import com.google.pubsub.v1.ListSubscriptionsResponse;
import com.google.pubsub.v1.ModifyAckDeadlineRequest;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.RetryPolicy;
import com.google.pubsub.v1.SeekRequest;
import com.google.pubsub.v1.SeekResponse;
import com.google.pubsub.v1.StreamingPullRequest;
import com.google.pubsub.v1.StreamingPullResponse;
import com.google.pubsub.v1.SubscriberGrpc.SubscriberImplBase;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.UpdateSubscriptionRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;

/** {@code google.pubsub.v1.Subscriber}, as far as {@code docs/pubsub.md} says. */
final class SubscriberService extends SubscriberImplBase {
  private static final int DEFAULT_ACK_DEADLINE_SECONDS = 10;
  private static final int SHORTEST_ACK_DEADLINE_SECONDS = 10;
  private static final int LONGEST_ACK_DEADLINE_SECONDS = 600;
  private static final Duration DEFAULT_RETENTION = Durations.fromDays(7);
  private static final int DEFAULT_DELIVERY_ATTEMPTS = 5;
  private static final Duration DEFAULT_SHORTEST_BACKOFF = Durations.fromSeconds(10);
  private static final Duration LONGEST_BACKOFF = Durations.fromSeconds(600);

  private final Broker broker;

  SubscriberService(Broker broker) {
    this.broker = broker;
  }

  @Override
  public void createSubscription(Subscription request, StreamObserver<Subscription> client) {
    ResourceName.subscription(request.getName());
    ResourceName.topic(request.getTopic());
    MessageFilter.parse(request.getFilter());
    Replies.reply(client, broker.createSubscription(complete(OfferedFields.check(request))));
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
            settings -> complete(OfferedFields.update(settings, request.getUpdateMask(), source))));
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

  @Override
  public void seek(SeekRequest request, StreamObserver<SeekResponse> client) {
    SeekRequest checked = OfferedFields.check(request);
    if (!checked.hasTime()) {
      throw Statuses.invalidArgument("A seek must name a time.");
    }
    Instant time =
        Instant.ofEpochSecond(checked.getTime().getSeconds(), checked.getTime().getNanos());
    Replies.reply(
        client,
        broker
            .seek(checked.getSubscription(), time)
            .thenApply(done -> SeekResponse.getDefaultInstance()));
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

  /** Fills in the service's defaults and checks its limits. */
  private static Subscription complete(Subscription settings) {
    Subscription.Builder complete = settings.toBuilder().setState(Subscription.State.ACTIVE);
    if (complete.getAckDeadlineSeconds() == 0) {
      complete.setAckDeadlineSeconds(DEFAULT_ACK_DEADLINE_SECONDS);
    }
    checkStreamAckDeadline(complete.getAckDeadlineSeconds());
    if (!complete.hasMessageRetentionDuration()) {
      complete.setMessageRetentionDuration(DEFAULT_RETENTION);
    }
    checkBetween(
        "message_retention_duration",
        complete.getMessageRetentionDuration(),
        Durations.fromMinutes(10),
        Durations.fromDays(31));
    if (complete.getExpirationPolicy().hasTtl()) {
      checkBetween(
          "expiration_policy.ttl",
          complete.getExpirationPolicy().getTtl(),
          Durations.fromDays(1),
          Durations.MAX_VALUE);
    }
    if (complete.hasDeadLetterPolicy()) {
      DeadLetterPolicy.Builder policy = complete.getDeadLetterPolicyBuilder();
      ResourceName.topic(policy.getDeadLetterTopic());
      if (policy.getMaxDeliveryAttempts() == 0) {
        policy.setMaxDeliveryAttempts(DEFAULT_DELIVERY_ATTEMPTS);
      }
      if (policy.getMaxDeliveryAttempts() < 5 || policy.getMaxDeliveryAttempts() > 100) {
        throw Statuses.invalidArgument(
            "dead_letter_policy.max_delivery_attempts must be between 5 and 100.");
      }
    }
    if (complete.hasRetryPolicy()) {
      RetryPolicy.Builder policy = complete.getRetryPolicyBuilder();
      if (!policy.hasMinimumBackoff()) {
        policy.setMinimumBackoff(DEFAULT_SHORTEST_BACKOFF);
      }
      if (!policy.hasMaximumBackoff()) {
        policy.setMaximumBackoff(LONGEST_BACKOFF);
      }
      checkBetween(
          "retry_policy.minimum_backoff",
          policy.getMinimumBackoff(),
          Durations.ZERO,
          LONGEST_BACKOFF);
      checkBetween(
          "retry_policy.maximum_backoff",
          policy.getMaximumBackoff(),
          policy.getMinimumBackoff(),
          LONGEST_BACKOFF);
    }
    return complete.build();
  }

  private static void checkBetween(String name, Duration value, Duration least, Duration most) {
    if (Durations.compare(value, least) < 0 || Durations.compare(value, most) > 0) {
      throw Statuses.invalidArgument(
          name
              + " must be between "
              + Durations.toString(least)
              + " and "
              + Durations.toString(most)
              + ".");
    }
  }
}
