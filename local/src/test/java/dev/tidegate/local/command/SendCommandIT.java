package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.local.RunningSystem;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code send --direct} against a Pub/Sub that records what it is given. */
class SendCommandIT {
  private static final String TOPIC = "projects/local-dev/topics/events";

  @TempDir private Path folder;
  private final List<PubsubMessage> received = new CopyOnWriteArrayList<>();
  private Server server;

  @BeforeEach
  void startPubsub() throws Exception {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .maxInboundMessageSize(20 << 20)
            .addService(new RecordingPublisher())
            .build()
            .start();
    announce("events");
  }

  @AfterEach
  void stopPubsub() throws Exception {
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
  }

  private void announce(String topic) throws Exception {
    new RunningSystem(
            ProcessHandle.current().pid(),
            "localhost:" + server.getPort(),
            "local-dev",
            topic,
            "tidegate",
            "jdbc:postgresql://localhost:1/postgres",
            "postgres",
            folder.toString(),
            "http://localhost:1",
            List.of())
        .announce(folder);
  }

  /** In their order, which Pub/Sub does not keep: requests overtake each other. */
  @Test
  void filesAreSentByteForByte() throws Exception {
    Path input = Files.createDirectories(folder.resolve("in/sub"));
    Files.writeString(input.resolve("../a.json"), "{\n  \"broken\": \r\n");
    Files.write(input.resolve("b.json"), new byte[] {(byte) 0xff, 0, '\n'});
    Files.writeString(input.resolve("c.ndjson"), "{\"c\": 1}\n\n{\"c\":2 }\r\n");
    Files.writeString(input.resolve("d.json"), "");

    CommandRun run = send("--tenant=acme", "--source=other", folder.resolve("in").toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).matches("5 notifications accepted in \\d+\\.\\d s\\R");
    assertThat(received)
        .extracting(PubsubMessage::getData)
        .containsExactlyInAnyOrder(
            ByteString.copyFromUtf8("{\n  \"broken\": \r\n"),
            ByteString.copyFrom(new byte[] {(byte) 0xff, 0, '\n'}),
            ByteString.copyFromUtf8("{\"c\": 1}"),
            ByteString.copyFromUtf8("{\"c\":2 }"),
            ByteString.EMPTY);
    assertThat(received)
        .allSatisfy(
            message ->
                assertThat(message.getAttributesMap())
                    .containsEntry("tenant_id", "acme")
                    .containsEntry("source", "other")
                    .containsKey("request_id")
                    .doesNotContainKey("received_at"));
  }

  @Test
  void standardInputIsSentAtTheWantedRate() {
    long start = System.nanoTime();
    CommandRun run =
        CommandRun.withInput(
            "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n".getBytes(UTF_8),
            "send",
            "--data=" + folder,
            "--rate=10",
            "--direct",
            "-");
    assertThat(run.out()).startsWith("3 notifications accepted");
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(200));
    assertThat(received)
        .extracting(message -> message.getAttributesOrThrow("source"))
        .containsOnly("terminal49");
  }

  @Test
  void manyNotificationsAreSentWhole() throws Exception {
    String lines =
        IntStream.range(0, 20_000)
            .mapToObj(i -> "{\"i\":" + i + ",\"pad\":\"" + "x".repeat(500) + "\"}")
            .collect(Collectors.joining("\n"));
    Path file = Files.writeString(folder.resolve("many.jsonl"), lines);
    CommandRun run = send("--direct", file.toString());
    assertThat(run.out()).startsWith("20,000 notifications accepted");
    assertThat(received).hasSize(20_000);
    assertThat(received.stream().map(PubsubMessage::getData).distinct()).hasSize(20_000);
  }

  /** A checkout, say, has many files of JSON that are no notifications. */
  @Test
  void aFolderThatHoldsOtherThingsIsSentOnceSomebodyHasAgreed() throws Exception {
    Path input = Files.createDirectories(folder.resolve("in"));
    Files.writeString(input.resolve("a.json"), "{}");
    Files.writeString(input.resolve("README.md"), "");
    String[] send = {"send", "--data=" + folder, "--direct", input.toString()};

    CommandRun script = CommandRun.of(send);
    assertThat(script.exitCode()).isEqualTo(1);
    assertThat(script.err())
        .contains("holds 1 file that is no notification by name (README.md) beside 1")
        .contains("--yes", "Nothing was sent")
        .hasLineCount(1);
    Map<String, String> terminal = Map.of("TIDEGATE_ASKS", "yes");
    for (String no : List.of("n\n", "\n", "")) {
      CommandRun refused = CommandRun.withInput(no.getBytes(UTF_8), terminal, send);
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains("Send these? [y/N]", "tidegate: Nothing was sent");
    }
    assertThat(received).isEmpty();

    CommandRun agreed = CommandRun.withInput("y\n".getBytes(UTF_8), terminal, send);
    assertThat(agreed.exitCode()).isZero();
    assertThat(received).hasSize(1);
    assertThat(send("--yes", "--direct", input.toString()).err()).isEmpty();
    assertThat(received).hasSize(2);
    // Nobody is asked about a file that is named.
    assertThat(send("--direct", input.resolve("a.json").toString()).exitCode()).isZero();
  }

  @Test
  void nothingIsSentWhereAFileIsMissing() throws Exception {
    Path there = Files.writeString(folder.resolve("a.json"), "{}");
    CommandRun run = send("--direct", there.toString(), folder.resolve("missing.json").toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("missing.json").hasLineCount(1);
    assertThat(received).isEmpty();
  }

  @Test
  void whatIsTooLargeIsReportedAndTheRestSent() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("a.ndjson"), "{\"a\":1}\n" + "x".repeat(10_000_001) + "\n{\"a\":2}\n");
    CommandRun run = send("--direct", file.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).startsWith("2 notifications accepted");
    assertThat(run.err()).contains("1 notification was refused", "line 2 of " + file);
  }

  @Test
  void messagesPubsubRefusesAreCounted() throws Exception {
    announce("nosuch");
    Path file = Files.writeString(folder.resolve("a.ndjson"), "{\"a\":1}\n{\"a\":2}\n");
    CommandRun run = send("--direct", file.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).startsWith("0 notifications accepted");
    assertThat(run.err())
        .startsWith("tidegate: 2 notifications were refused by Pub/Sub at localhost:")
        .contains("NOT_FOUND", "no such topic")
        .hasLineCount(1);
  }

  @Test
  void attributesOfOptionsMustFitPubsub() {
    CommandRun run = send("--tenant", "x".repeat(1025), folder.toString());
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--tenant takes 1 to 1024 bytes");
  }

  private CommandRun send(String... arguments) {
    List<String> all = new ArrayList<>(List.of("send", "--data", folder.toString()));
    all.addAll(List.of(arguments));
    return CommandRun.of(all.toArray(String[]::new));
  }

  /** Accepts everything for its one topic. */
  private final class RecordingPublisher extends PublisherGrpc.PublisherImplBase {
    @Override
    public void publish(PublishRequest request, StreamObserver<PublishResponse> response) {
      if (!request.getTopic().equals(TOPIC)) {
        response.onError(Status.NOT_FOUND.withDescription("no such topic").asRuntimeException());
        return;
      }
      PublishResponse.Builder ids = PublishResponse.newBuilder();
      synchronized (received) {
        for (PubsubMessage message : request.getMessagesList()) {
          received.add(message);
          ids.addMessageIds(String.valueOf(received.size()));
        }
      }
      response.onNext(ids.build());
      response.onCompleted();
    }
  }
}
