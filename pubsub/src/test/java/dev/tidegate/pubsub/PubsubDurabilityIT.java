package dev.tidegate.pubsub;

import static dev.tidegate.testing.PubsubRestClient.SUBSCRIPTION;
import static dev.tidegate.testing.PubsubRestClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.Topic;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.PubsubRestClient;
import dev.tidegate.testing.PubsubRestClient.Pulled;
import dev.tidegate.testing.PubsubRestClient.Reply;
import dev.tidegate.testing.SmallDisk;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What survives, and what the data folder and the port are shared with. */
class PubsubDurabilityIT {
  private static final int ROUNDS = 200;

  @TempDir Path folder;

  @Test
  void aRestartRemembersWhatWaitsAndForgetsWhatWasAcknowledged() throws IOException {
    List<String> before;
    List<Pulled> pulled;
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      PubsubRestClient client = new PubsubRestClient(server.endpoint());
      client.createTopicAndSubscription();
      before = client.publish("acknowledged", "pulled", "never pulled");
      pulled = client.pull(2);
      client.acknowledge(pulled.subList(0, 1));
    }
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      PubsubRestClient client = new PubsubRestClient(server.endpoint());
      assertThat(PubsubRestClient.ok(client.get(SUBSCRIPTION)).get("topic").asText())
          .isEqualTo(TOPIC);
      List<Pulled> again = client.pull(10);
      assertThat(again).extracting(Pulled::data).containsExactly("pulled", "never pulled");
      assertThat(again).extracting(Pulled::messageId).isEqualTo(before.subList(1, 3));

      List<String> after = client.publish("new");
      assertThat(Long.parseLong(after.get(0))).isGreaterThan(Long.parseLong(before.get(2)));
    }
  }

  @Test
  void anAckIdFromBeforeARestartStillCounts() throws IOException {
    List<Pulled> pulled;
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      PubsubRestClient client = new PubsubRestClient(server.endpoint());
      client.createTopicAndSubscription();
      client.publish("slow", "other");
      pulled = client.pull(1);
    }
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      PubsubRestClient client = new PubsubRestClient(server.endpoint());
      client.acknowledge(pulled);
      assertThat(client.pull(10)).extracting(Pulled::data).containsExactly("other");
    }
  }

  @Test
  void closesQuicklyWhileClientsWait() throws IOException {
    EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0);
    PubsubRestClient client = new PubsubRestClient(server.endpoint());
    client.createTopicAndSubscription();
    ExecutorService waiting = Executors.newSingleThreadExecutor();
    var reply = waiting.submit(() -> client.post(SUBSCRIPTION + ":pull", "{\"maxMessages\":1}"));
    client.pull(1);
    long start = System.nanoTime();
    server.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
    assertThat(reply).succeedsWithin(Duration.ofSeconds(1)).extracting(Reply::code).isEqualTo(503);
    waiting.shutdownNow();
  }

  /** Killed at several instants, since what is being written then differs. */
  @ParameterizedTest
  @ValueSource(ints = {200, 500, 1_000})
  void losesNothingThatWasAnsweredWhenKilled(int answersBeforeKill) throws Exception {
    Set<String> answered = ConcurrentHashMap.newKeySet();
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    CountDownLatch enough = new CountDownLatch(answersBeforeKill);
    int publishers = 4;
    ExecutorService threads = Executors.newFixedThreadPool(publishers + 1);
    try (PubsubServerProcess process =
        PubsubServerProcess.start(folder, folder.resolve("server.log"))) {
      PubsubRestClient client = new PubsubRestClient(process.endpoint());
      client.createTopicAndSubscription();
      for (int publisher = 0; publisher < publishers; publisher++) {
        String prefix = publisher + "-";
        // Ends with the connection.
        var unused =
            threads.submit(
                () -> {
                  for (int i = 0; ; i++) {
                    answered.addAll(client.publish((prefix + i).repeat(200)));
                    enough.countDown();
                  }
                });
      }
      // Acknowledgements make the store write and free space in other places meanwhile.
      var unused =
          threads.submit(
              () -> {
                while (true) {
                  List<Pulled> pulled = client.pull(10);
                  pulled.forEach(each -> acknowledged.add(each.messageId()));
                  client.acknowledge(pulled);
                }
              });
      assertThat(enough.await(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
      process.kill();
    } finally {
      threads.shutdownNow();
    }
    assertThat(threads.awaitTermination(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();

    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      Set<String> expected = new HashSet<>(answered);
      expected.removeAll(acknowledged);
      Set<String> delivered = new HashSet<>();
      PubsubRestClient again = new PubsubRestClient(server.endpoint());
      for (List<Pulled> pulled = again.pull(100); !pulled.isEmpty(); pulled = again.pull(100)) {
        pulled.forEach(each -> delivered.add(each.messageId()));
      }
      assertThat(delivered).containsAll(expected);
    }
  }

  @Test
  void theFileDoesNotGrowForEver() throws IOException {
    Path file = folder.resolve(MessageStore.FILE_NAME);
    String[] batch = new String[100];
    Arrays.fill(batch, "x".repeat(5_000));
    long largest = 0;
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      PubsubRestClient client = new PubsubRestClient(server.endpoint());
      client.createTopicAndSubscription();
      for (int round = 0; round < ROUNDS; round++) {
        client.publish(batch);
        List<Pulled> pulled = client.pull(100);
        // One in a hundred stays, and keeps its part of the file.
        client.acknowledge(pulled.subList(1, pulled.size()));
        largest = Math.max(largest, Files.size(file));
      }
    }
    long written = (long) ROUNDS * 100 * 5_000;
    assertThat(largest).isLessThan(2 * written);
    assertThat(Files.size(file)).isLessThan(written / 2);
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      assertThat(server.backlog(SUBSCRIPTION).undelivered()).isEqualTo(ROUNDS);
    }
  }

  @Test
  void aFullDiskIsUnavailableUntilItHasRoomAgainAndLosesNothingThatWasAnswered() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"), 8)) {
      disk.assumeMounted();
      try (EmbeddedPubsub server = EmbeddedPubsub.start(disk.folder(), 0)) {
        PubsubRestClient client = new PubsubRestClient(server.endpoint());
        client.createTopicAndSubscription();
        List<String> answered = new ArrayList<>(client.publish("one", "two"));
        client.acknowledge(client.pull(1));
        answered.remove(0);
        // Durable before the disk is full.
        answered.addAll(client.publish("three"));

        disk.fill();
        String large = "{\"messages\":[{\"data\":\"%s\"}]}".formatted("eHh4".repeat(5_000));
        Reply refused = client.post(TOPIC + ":publish", large);
        while (refused.code() == 200) {
          answered.add(refused.body().at("/messageIds/0").asText());
          refused = client.post(TOPIC + ":publish", large);
        }
        assertThat(refused.code()).isEqualTo(503);
        assertThat(refused.body().at("/error/status").asText()).isEqualTo("UNAVAILABLE");
        assertThat(client.post(SUBSCRIPTION + ":pull", "{\"maxMessages\":1}").code())
            .isEqualTo(503);
        // It is still there to be asked, over gRPC too.
        assertThat(client.get(TOPIC).code()).isEqualTo(200);
        ManagedChannel channel =
            ManagedChannelBuilder.forTarget(server.endpoint()).usePlaintext().build();
        assertThatThrownBy(
                () ->
                    PublisherGrpc.newBlockingStub(channel)
                        .createTopic(Topic.newBuilder().setName(TOPIC + "-new").build()))
            .hasMessageContaining("UNAVAILABLE");
        channel.shutdownNow();
        assertThat(server.problem().orElseThrow()).contains(disk.folder().toString());

        disk.makeRoom();
        await().until(() -> server.problem().isEmpty());
        List<String> delivered = new ArrayList<>();
        for (List<Pulled> pulled = client.pull(100); !pulled.isEmpty(); pulled = client.pull(100)) {
          pulled.forEach(each -> delivered.add(each.messageId()));
        }
        assertThat(delivered).isEqualTo(answered);
        assertThat(client.publish("again")).hasSize(1);
      }
    }
  }

  @Test
  void saysWhenTheFolderIsInUse() throws IOException {
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      assertThat(server.port()).isPositive();
      assertThatThrownBy(() -> EmbeddedPubsub.start(folder, 0))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("in use by another process");
    }
  }

  @Test
  void saysWhenTheFolderIsInUseByAnotherProcess() throws Exception {
    try (PubsubServerProcess other =
        PubsubServerProcess.start(folder, folder.resolve("server.log"))) {
      assertThat(other.endpoint()).isNotEmpty();
      assertThatThrownBy(() -> EmbeddedPubsub.start(folder, 0))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use by another process");
    }
  }

  @Test
  void saysWhenThePortIsTaken(@TempDir Path another) throws IOException {
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder, 0)) {
      int taken = server.port();
      assertThatThrownBy(() -> EmbeddedPubsub.start(another, taken))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("port " + taken);
      // And lets go of the folder.
      EmbeddedPubsub.start(another, 0).close();
    }
  }
}
