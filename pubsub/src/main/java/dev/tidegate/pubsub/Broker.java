package dev.tidegate.pubsub;

import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Topics, subscriptions and what is published between them, whatever the protocol.
 *
 * <p>Whatever is answered by a future is durable when that completes, and fails with the {@link
 * io.grpc.StatusRuntimeException} that the client is to see. Acknowledgements take effect at once
 * and are durable a little later.
 */
final class Broker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

  /** What a subscription's topic is called once it is deleted, as in the service. */
  private static final String DELETED_TOPIC = "_deleted-topic_";

  /** They answer those who waited for messages; one at a time works for a subscription. */
  private static final int SERVING_THREADS = 2;

  /** Closing is to be quick; what is not compacted now is when the server is idle again. */
  private static final Duration COMPACT_AT_CLOSE = Duration.ofSeconds(1);

  private final MessageStore store;
  private final GroupCommit commit;
  private final ScheduledThreadPoolExecutor threads;
  private final Map<String, Topic> topics = new ConcurrentHashMap<>();
  private final Map<String, LiveSubscription> subscriptions = new ConcurrentHashMap<>();

  /** Used in the writer's thread only. */
  private final MessageIds ids;

  private Broker(MessageStore store) {
    this.store = store;
    AtomicInteger number = new AtomicInteger();
    threads =
        new ScheduledThreadPoolExecutor(
            SERVING_THREADS,
            task -> {
              Thread thread = new Thread(task, "pubsub-serve-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            // Whoever is woken while the server closes has been told already that it does.
            new ThreadPoolExecutor.DiscardPolicy());
    // Time limits of pulls that were answered sooner would pile up.
    threads.setRemoveOnCancelPolicy(true);
    ids = new MessageIds(InstantSource.system(), store.lastMessageId());
    store.topics().forEach(topic -> topics.put(topic.getName(), topic));
    for (Subscription settings : store.subscriptions()) {
      LiveSubscription subscription = live(settings);
      store.forEachPending(settings.getName(), subscription::add);
      subscriptions.put(settings.getName(), subscription);
    }
    commit = new GroupCommit(store);
  }

  /**
   * Opens the broker whose data is in {@code folder}.
   *
   * @throws IOException if another process uses the folder, or if it cannot be read
   */
  static Broker open(Path folder) throws IOException {
    return new Broker(MessageStore.open(folder));
  }

  /** Answers what is known of a topic, or fails with NOT_FOUND. */
  Topic topic(String name) {
    Topic topic = topics.get(name);
    if (topic == null) {
      // Whether it could be a name at all only matters if it is none.
      ResourceName.topic(name);
      throw Statuses.notFound(name);
    }
    return topic;
  }

  /** Answers a subscription, or fails with NOT_FOUND. */
  LiveSubscription subscription(String name) {
    LiveSubscription subscription = subscriptions.get(name);
    if (subscription == null) {
      // Whether it could be a name at all only matters if it is none.
      ResourceName.subscription(name);
      throw Statuses.notFound(name);
    }
    return subscription;
  }

  Set<String> topicNames() {
    return topics.keySet();
  }

  Set<String> subscriptionNames() {
    return subscriptions.keySet();
  }

  CompletableFuture<Topic> createTopic(Topic topic) {
    return change(
        () -> {
          if (topics.containsKey(topic.getName())) {
            throw Statuses.alreadyExists(topic.getName());
          }
          return put(topic);
        });
  }

  CompletableFuture<Topic> updateTopic(String name, UnaryOperator<Topic> update) {
    return change(() -> put(update.apply(topic(name))));
  }

  /** Deletes a topic; its subscriptions stay, with what waits in them. */
  CompletableFuture<Void> deleteTopic(String name) {
    return change(
        () -> {
          topic(name);
          subscriptionsOf(name)
              .forEach(
                  subscription ->
                      put(
                          subscription,
                          subscription.settings().toBuilder().setTopic(DELETED_TOPIC).build()));
          store.removeTopic(name);
          topics.remove(name);
          return null;
        });
  }

  CompletableFuture<Subscription> createSubscription(Subscription settings) {
    return change(
        () -> {
          if (subscriptions.containsKey(settings.getName())) {
            throw Statuses.alreadyExists(settings.getName());
          }
          topic(settings.getTopic());
          store.put(settings);
          subscriptions.put(settings.getName(), live(settings));
          return settings;
        });
  }

  CompletableFuture<Subscription> updateSubscription(
      String name, UnaryOperator<Subscription> update) {
    return change(
        () -> {
          LiveSubscription subscription = subscription(name);
          return put(subscription, update.apply(subscription.settings()));
        });
  }

  CompletableFuture<Void> deleteSubscription(String name) {
    return change(
        () -> {
          LiveSubscription subscription = subscription(name);
          store.removeSubscription(name, siblings(subscription));
          subscriptions.remove(name);
          subscription.end(Statuses.notFound(name));
          return null;
        });
  }

  /** The subscriptions of a topic, as they are now. */
  List<LiveSubscription> subscriptionsOf(String topic) {
    return subscriptions.values().stream()
        .filter(subscription -> subscription.settings().getTopic().equals(topic))
        .toList();
  }

  /** Publishes, and answers the messages' ids in their order. */
  CompletableFuture<List<Long>> publish(String topic, List<PubsubMessage> messages) {
    List<byte[]> bodies = new ArrayList<>(messages.size());
    long bytes = 0;
    for (PubsubMessage message : messages) {
      byte[] body = withoutServerFields(message).toByteArray();
      bodies.add(body);
      bytes += body.length;
    }
    return commit
        .submit(bytes, () -> add(topic, messages, bodies), Broker::deliver)
        .thenApply(deliveries -> deliveries.stream().map(Delivery::messageId).toList());
  }

  /** Acknowledges; ids of messages that no longer wait are ignored, malformed ones are an error. */
  void acknowledge(LiveSubscription subscription, List<String> ackIds) {
    if (ackIds.isEmpty()) {
      return;
    }
    List<Long> acknowledged = subscription.acknowledge(ackIds.stream().map(AckId::parse).toList());
    if (!acknowledged.isEmpty()) {
      commit.submitLazily(
          () -> {
            if (subscriptions.get(subscription.name()) != subscription) {
              // Deleted meanwhile, with all that waited in it.
              return;
            }
            List<String> siblings = siblings(subscription);
            acknowledged.forEach(id -> store.acknowledge(subscription.name(), id, siblings));
          });
    }
  }

  /** Why the store failed, and with it everything that is asked of this broker; empty before. */
  Optional<Throwable> failure() {
    return commit.failure();
  }

  /** Lets go of everything after a {@link #failure}, without writing. */
  void abandon() {
    subscriptions
        .values()
        .forEach(subscription -> subscription.end(Statuses.storeFailed(failure().orElse(null))));
    threads.shutdown();
    store.abandon();
  }

  /** Fails all who wait for messages, and all who still come for some, with UNAVAILABLE. */
  void stopServing() {
    subscriptions.values().forEach(subscription -> subscription.end(Statuses.stopping()));
  }

  /** Refuses what still comes; keeps what was accepted. */
  @Override
  public void close() {
    stopServing();
    commit.close();
    // Not shutdownNow: a thread interrupted while it reads would close the store's file.
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
        LOG.warn("Closing the Pub/Sub store while messages are still being delivered");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    store.close(COMPACT_AT_CLOSE);
  }

  /** A message as it goes to the subscriptions whose filters let it through. */
  private record Delivery(long messageId, List<LiveSubscription> subscriptions) {}

  /** A publisher may fill in what the server decides; hardly any does. */
  private static PubsubMessage withoutServerFields(PubsubMessage message) {
    return message.getMessageId().isEmpty() && !message.hasPublishTime()
        ? message
        : message.toBuilder().clearMessageId().clearPublishTime().build();
  }

  private List<Delivery> add(String topic, List<PubsubMessage> messages, List<byte[]> bodies) {
    topic(topic);
    List<LiveSubscription> candidates = subscriptionsOf(topic);
    List<Delivery> deliveries = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      Map<String, String> attributes = messages.get(i).getAttributesMap();
      List<LiveSubscription> matching =
          candidates.stream().filter(each -> each.filter().matches(attributes)).toList();
      Delivery delivery = new Delivery(ids.next(), matching);
      if (!matching.isEmpty()) {
        store.add(
            delivery.messageId,
            bodies.get(i),
            matching.stream().map(LiveSubscription::name).toList());
      }
      deliveries.add(delivery);
    }
    store.setLastMessageId(ids.last());
    return deliveries;
  }

  private static void deliver(List<Delivery> deliveries) {
    Set<LiveSubscription> reached = new LinkedHashSet<>();
    for (Delivery delivery : deliveries) {
      for (LiveSubscription subscription : delivery.subscriptions) {
        subscription.add(delivery.messageId);
        reached.add(subscription);
      }
    }
    reached.forEach(LiveSubscription::wake);
  }

  private <T> CompletableFuture<T> change(Supplier<T> change) {
    return commit.submit(0, change, done -> {});
  }

  private Topic put(Topic topic) {
    store.put(topic);
    topics.put(topic.getName(), topic);
    return topic;
  }

  private Subscription put(LiveSubscription subscription, Subscription settings) {
    store.put(settings);
    subscription.setSettings(settings);
    return settings;
  }

  private List<String> siblings(LiveSubscription subscription) {
    return subscriptionsOf(subscription.settings().getTopic()).stream()
        .filter(sibling -> sibling != subscription)
        .map(LiveSubscription::name)
        .toList();
  }

  private LiveSubscription live(Subscription settings) {
    return new LiveSubscription(settings, store::read, threads);
  }
}
