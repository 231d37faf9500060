package dev.tidegate.pubsub;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.Topic;
import dev.tidegate.pubsub.SubscriptionQueue.Lease;
import dev.tidegate.pubsub.store.GroupCommitStore;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
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
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Topics, subscriptions and what is published between them, whatever the protocol.
 *
 * <p>When a future of its answers completes, the change is durable. It fails with the {@link
 * io.grpc.StatusRuntimeException} that the client gets. Acknowledgements take effect at once and
 * are durable a little later.
 */
final class Broker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

  /** The name of a deleted topic in its subscriptions, as in the service. */
  private static final String DELETED_TOPIC = "_deleted-topic_";

  /** They answer those who waited for messages; one at a time works for a subscription. */
  private static final int SERVING_THREADS = 2;

  /** What waits for the disk may take this much of the heap; then publishers are refused. */
  private static final long QUEUED_BYTES = Runtime.getRuntime().maxMemory() / 4;

  /** A change must be quick, because publishers wait for it. */
  private static final int MOST_EXPIRED = 10_000;

  private static final DateTimeFormatter DEAD_LETTER_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSxxx").withZone(ZoneOffset.UTC);

  private final InstantSource clock;
  private final ScheduledThreadPoolExecutor threads;
  private final Map<String, Topic> topics = new ConcurrentHashMap<>();
  private final Map<String, LiveSubscription> subscriptions = new ConcurrentHashMap<>();
  private final GroupCommitStore<MessageStore> store;

  /** Used in the store's thread only. */
  private MessageIds ids;

  /**
   * Opens the broker whose data is in {@code folder}. While its file cannot be written, clients are
   * told that the server is unavailable. After that, everything that was answered is there, and
   * messages that were not acknowledged are delivered again, as after a restart.
   *
   * @param sweepEvery how often it looks for messages and subscriptions that have expired
   * @throws IOException if another process uses the folder, or if it cannot be read or written
   */
  Broker(Path folder, InstantSource clock, Duration sweepEvery) throws IOException {
    this.clock = clock;
    threads =
        new ScheduledThreadPoolExecutor(
            SERVING_THREADS,
            new ThreadFactoryBuilder().setNameFormat("pubsub-serve-%d").setDaemon(true).build(),
            // Whoever is woken while the server closes has been told already that it does.
            new ThreadPoolExecutor.DiscardPolicy());
    // Time limits of pulls that were answered sooner would pile up.
    threads.setRemoveOnCancelPolicy(true);
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    store = GroupCommitStore.open(folder.resolve(MessageStore.FILE_NAME), QUEUED_BYTES, this::load);
    threads.scheduleWithFixedDelay(
        this::sweep, sweepEvery.toMillis(), sweepEvery.toMillis(), TimeUnit.MILLISECONDS);
  }

  private MessageStore load(MVStore file) {
    MessageStore opened =
        new MessageStore(file) {
          @Override
          public void abandoned(Throwable failure) {
            endAll(Statuses.storeFailed(failure));
          }
        };
    ids = new MessageIds(clock, opened.lastMessageId());
    topics.clear();
    opened.topics().forEach(topic -> topics.put(topic.getName(), topic));
    Map<String, LiveSubscription> loaded = new HashMap<>();
    for (Subscription settings : opened.subscriptions()) {
      LiveSubscription subscription = live(opened, settings);
      opened.forEachWaiting(
          settings.getName(), Long.MAX_VALUE, (key, id) -> subscription.add(id, key));
      loaded.put(settings.getName(), subscription);
    }
    subscriptions.keySet().retainAll(loaded.keySet());
    subscriptions.putAll(loaded);
    return opened;
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

  /** Answers a subscription that somebody uses, or fails with NOT_FOUND. */
  LiveSubscription subscription(String name) {
    LiveSubscription subscription = find(name);
    subscription.use(clock.instant());
    return subscription;
  }

  /** As {@link #subscription}; to look at it is no use of it, and keeps it from no expiry. */
  LiveSubscription find(String name) {
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
        data -> {
          if (topics.containsKey(topic.getName())) {
            throw Statuses.alreadyExists(topic.getName());
          }
          return put(data, topic);
        });
  }

  CompletableFuture<Topic> updateTopic(String name, UnaryOperator<Topic> update) {
    return change(data -> put(data, update.apply(topic(name))));
  }

  /** Deletes a topic; its subscriptions stay, with what waits in them. */
  CompletableFuture<Void> deleteTopic(String name) {
    return change(
        data -> {
          topic(name);
          subscriptionsOf(name)
              .forEach(
                  subscription ->
                      put(
                          data,
                          subscription,
                          subscription.settings().toBuilder().setTopic(DELETED_TOPIC).build()));
          data.removeTopic(name);
          topics.remove(name);
          return null;
        });
  }

  CompletableFuture<Subscription> createSubscription(Subscription settings) {
    return change(
        data -> {
          if (subscriptions.containsKey(settings.getName())) {
            throw Statuses.alreadyExists(settings.getName());
          }
          topic(settings.getTopic());
          checkDeadLetterTopic(settings);
          data.put(settings);
          subscriptions.put(settings.getName(), live(data, settings));
          return settings;
        });
  }

  CompletableFuture<Subscription> updateSubscription(
      String name, UnaryOperator<Subscription> update) {
    return change(
        data -> {
          LiveSubscription subscription = subscription(name);
          Subscription updated = update.apply(subscription.settings());
          checkDeadLetterTopic(updated);
          if (subscription.settings().getRetainAckedMessages()
              && !updated.getRetainAckedMessages()) {
            data.forgetAcknowledged(name, siblings(subscription));
          }
          return put(data, subscription, updated);
        });
  }

  CompletableFuture<Void> deleteSubscription(String name) {
    return change(
        data -> {
          LiveSubscription subscription = find(name);
          data.removeSubscription(name, siblings(subscription));
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
    return store
        .submit(bytes, data -> add(data, topic, messages, bodies), Broker::deliver)
        .thenApply(deliveries -> deliveries.stream().map(Delivery::messageId).toList());
  }

  /** Acknowledges; ids of messages that no longer wait are ignored, malformed ones are an error. */
  void acknowledge(LiveSubscription subscription, List<String> ackIds) {
    if (ackIds.isEmpty()) {
      return;
    }
    List<Long> acknowledged = subscription.acknowledge(ackIds.stream().map(AckId::parse).toList());
    if (!acknowledged.isEmpty()) {
      store.submitLazily(
          data -> {
            if (subscriptions.get(subscription.name()) != subscription) {
              // Deleted meanwhile, or read again from the file.
              return;
            }
            List<String> siblings = siblings(subscription);
            Subscription settings = subscription.settings();
            acknowledged.forEach(id -> data.acknowledge(settings, id, siblings));
          });
    }
  }

  /**
   * Acknowledges what was published before {@code time}, and lets what was published since and is
   * retained be delivered again.
   */
  CompletableFuture<Void> seek(String name, Instant time) {
    return store
        .submit(
            0,
            data -> {
              LiveSubscription subscription = subscription(name);
              data.seek(subscription.settings(), MessageIds.firstAt(time), siblings(subscription));
              long last = ids.last();
              return (Runnable)
                  () -> {
                    // What is published after this change is added after it.
                    subscription.clear();
                    data.forEachWaiting(name, last, (key, id) -> subscription.add(id, key));
                    subscription.wake();
                  };
            },
            Runnable::run)
        .thenAccept(done -> {});
  }

  /** Forgets what has expired; a failure must not end the looks that are to come. */
  private void sweep() {
    try {
      forgetExpired(clock.instant());
    } catch (RuntimeException failure) {
      LOG.warn("what has expired was not forgotten; it is tried again", failure);
    }
  }

  private void forgetExpired(Instant now) {
    for (LiveSubscription subscription : subscriptions.values()) {
      Subscription settings = subscription.settings();
      Instant oldest = now.minusSeconds(settings.getMessageRetentionDuration().getSeconds());
      store.submitLazily(data -> expire(data, subscription, MessageIds.firstAt(oldest)));
      long ttl = settings.getExpirationPolicy().getTtl().getSeconds();
      if (ttl > 0 && subscription.isUnusedSince(now.minusSeconds(ttl))) {
        var unused = deleteSubscription(subscription.name());
      }
    }
  }

  private void expire(MessageStore data, LiveSubscription subscription, long first) {
    if (subscriptions.get(subscription.name()) == subscription
        && data.expire(subscription.name(), first, MOST_EXPIRED, siblings(subscription))) {
      subscription.dropBefore(first);
      store.submitLazily(again -> expire(again, subscription, first));
    }
  }

  /** Publishes a message that was delivered too often to the subscription's dead-letter topic. */
  private void forward(LiveSubscription subscription, Lease lease) {
    var unused =
        store
            .submit(
                0,
                data -> {
                  Optional<PubsubMessage> message = data.read(lease.messageId());
                  if (message.isEmpty()
                      || subscriptions.get(subscription.name()) != subscription
                      || !data.isWaiting(subscription.name(), lease.messageId())) {
                    return List.<Delivery>of();
                  }
                  Subscription settings = subscription.settings();
                  PubsubMessage letter = deadLetter(message.get(), settings, lease.attempt());
                  List<Delivery> deliveries =
                      add(
                          data,
                          settings.getDeadLetterPolicy().getDeadLetterTopic(),
                          List.of(letter),
                          List.of(letter.toByteArray()));
                  data.acknowledge(settings, lease.messageId(), siblings(subscription));
                  return deliveries;
                },
                deliveries -> {
                  subscription.forwarded(lease, true);
                  deliver(deliveries);
                })
            .exceptionally(
                notForwarded -> {
                  // Its topic is missing: subscribers get it again, as in the service.
                  subscription.forwarded(lease, false);
                  return List.of();
                });
  }

  private static PubsubMessage deadLetter(
      PubsubMessage message, Subscription settings, int attempts) {
    ResourceName name = ResourceName.subscription(settings.getName());
    String prefix = "CloudPubSubDeadLetterSource";
    return message.toBuilder()
        .clearMessageId()
        .clearPublishTime()
        .putAttributes(prefix + "DeliveryCount", Integer.toString(attempts))
        .putAttributes(prefix + "Subscription", name.id())
        .putAttributes(prefix + "SubscriptionProject", name.project())
        .putAttributes(
            prefix + "TopicPublishTime",
            DEAD_LETTER_TIME.format(MessageIds.publishTime(Long.parseLong(message.getMessageId()))))
        .build();
  }

  private void checkDeadLetterTopic(Subscription settings) {
    if (settings.hasDeadLetterPolicy()) {
      topic(settings.getDeadLetterPolicy().getDeadLetterTopic());
    }
  }

  /** Why the store cannot be written now; empty while it can. */
  Optional<String> problem() {
    return store.problem();
  }

  /** Fails all who wait for messages, and all who still come for some, with UNAVAILABLE. */
  void stopServing() {
    endAll(Statuses.stopping());
  }

  private void endAll(StatusRuntimeException reason) {
    subscriptions.values().forEach(subscription -> subscription.end(reason));
  }

  /** Refuses what still comes; keeps what was accepted. */
  @Override
  public void close() {
    stopServing();
    // Not interrupted: a thread interrupted while it reads would close the store's file.
    threads.shutdown();
    if (!Uninterruptibles.awaitTerminationUninterruptibly(threads, 1, TimeUnit.SECONDS)) {
      LOG.warn("Closing the Pub/Sub store while messages are still being delivered");
    }
    store.close();
  }

  /** A message as it goes to the subscriptions whose filters let it through. */
  private record Delivery(
      long messageId, String orderingKey, List<LiveSubscription> subscriptions) {}

  /** A publisher may fill in what the server decides; hardly any does. */
  private static PubsubMessage withoutServerFields(PubsubMessage message) {
    return message.getMessageId().isEmpty() && !message.hasPublishTime()
        ? message
        : message.toBuilder().clearMessageId().clearPublishTime().build();
  }

  private List<Delivery> add(
      MessageStore data, String topic, List<PubsubMessage> messages, List<byte[]> bodies) {
    topic(topic);
    List<LiveSubscription> candidates = subscriptionsOf(topic);
    List<Delivery> deliveries = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      Map<String, String> attributes = messages.get(i).getAttributesMap();
      List<LiveSubscription> matching =
          candidates.stream().filter(each -> each.filter().matches(attributes)).toList();
      Delivery delivery = new Delivery(ids.next(), messages.get(i).getOrderingKey(), matching);
      if (!matching.isEmpty()) {
        data.add(
            delivery.messageId,
            bodies.get(i),
            delivery.orderingKey,
            matching.stream().map(LiveSubscription::name).toList());
      }
      deliveries.add(delivery);
    }
    data.setLastMessageId(ids.last());
    return deliveries;
  }

  private static void deliver(List<Delivery> deliveries) {
    Set<LiveSubscription> reached = new LinkedHashSet<>();
    for (Delivery delivery : deliveries) {
      for (LiveSubscription subscription : delivery.subscriptions) {
        subscription.add(delivery.messageId, delivery.orderingKey);
        reached.add(subscription);
      }
    }
    reached.forEach(LiveSubscription::wake);
  }

  private <T> CompletableFuture<T> change(Function<MessageStore, T> change) {
    return store.submit(0, change, done -> {});
  }

  private Topic put(MessageStore data, Topic topic) {
    data.put(topic);
    topics.put(topic.getName(), topic);
    return topic;
  }

  private Subscription put(
      MessageStore data, LiveSubscription subscription, Subscription settings) {
    data.put(settings);
    subscription.setSettings(settings);
    return settings;
  }

  private List<String> siblings(LiveSubscription subscription) {
    return subscriptionsOf(subscription.settings().getTopic()).stream()
        .filter(sibling -> sibling != subscription)
        .map(LiveSubscription::name)
        .toList();
  }

  private LiveSubscription live(MessageStore data, Subscription settings) {
    LiveSubscription subscription =
        new LiveSubscription(settings, data::read, this::forward, threads);
    subscription.use(clock.instant());
    return subscription;
  }
}
