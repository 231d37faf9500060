package dev.tidegate.pubsub;

import com.google.protobuf.Empty;
import com.google.pubsub.v1.DeleteTopicRequest;
import com.google.pubsub.v1.GetTopicRequest;
import com.google.pubsub.v1.ListTopicSubscriptionsRequest;
import com.google.pubsub.v1.ListTopicSubscriptionsResponse;
import com.google.pubsub.v1.ListTopicsRequest;
import com.google.pubsub.v1.ListTopicsResponse;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc.PublisherImplBase;
import com.google.pubsub.v1.Topic;
import com.google.pubsub.v1.UpdateTopicRequest;
import io.grpc.stub.StreamObserver;

/** {@code google.pubsub.v1.Publisher}, as far as {@code docs/pubsub.md} says. */
final class PublisherService extends PublisherImplBase {
  private final Broker broker;

  PublisherService(Broker broker) {
    this.broker = broker;
  }

  @Override
  public void createTopic(Topic request, StreamObserver<Topic> client) {
    ResourceName.topic(request.getName());
    Replies.reply(
        client,
        broker.createTopic(
            OfferedFields.check(request).toBuilder().setState(Topic.State.ACTIVE).build()));
  }

  @Override
  public void updateTopic(UpdateTopicRequest request, StreamObserver<Topic> client) {
    Replies.reply(
        client,
        broker.updateTopic(
            request.getTopic().getName(),
            topic -> OfferedFields.update(topic, request.getUpdateMask(), request.getTopic())));
  }

  @Override
  public void getTopic(GetTopicRequest request, StreamObserver<Topic> client) {
    Replies.reply(client, broker.topic(request.getTopic()));
  }

  @Override
  public void listTopics(ListTopicsRequest request, StreamObserver<ListTopicsResponse> client) {
    String prefix = ResourceName.prefix(request.getProject(), ResourceName.Collection.TOPICS);
    NamePage page =
        NamePage.of(broker.topicNames(), prefix, request.getPageSize(), request.getPageToken());
    ListTopicsResponse.Builder response =
        ListTopicsResponse.newBuilder().setNextPageToken(page.nextToken());
    page.names().forEach(name -> response.addTopics(broker.topic(name)));
    Replies.reply(client, response.build());
  }

  @Override
  public void listTopicSubscriptions(
      ListTopicSubscriptionsRequest request,
      StreamObserver<ListTopicSubscriptionsResponse> client) {
    broker.topic(request.getTopic());
    NamePage page =
        NamePage.of(
            broker.subscriptionsOf(request.getTopic()).stream()
                .map(LiveSubscription::name)
                .toList(),
            "",
            request.getPageSize(),
            request.getPageToken());
    Replies.reply(
        client,
        ListTopicSubscriptionsResponse.newBuilder()
            .addAllSubscriptions(page.names())
            .setNextPageToken(page.nextToken())
            .build());
  }

  @Override
  public void deleteTopic(DeleteTopicRequest request, StreamObserver<Empty> client) {
    Replies.replyEmpty(client, broker.deleteTopic(request.getTopic()));
  }

  @Override
  public void publish(PublishRequest request, StreamObserver<PublishResponse> client) {
    // Before the limits: a missing topic is the likelier mistake.
    broker.topic(request.getTopic());
    PublishLimits.check(request);
    Replies.reply(
        client,
        broker
            .publish(request.getTopic(), request.getMessagesList())
            .thenApply(
                ids -> {
                  PublishResponse.Builder response = PublishResponse.newBuilder();
                  ids.forEach(id -> response.addMessageIds(Long.toString(id)));
                  return response.build();
                }));
  }
}
