package dev.tidegate.local.command;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.local.RunningSystem;
import java.io.IOException;
import java.util.Optional;

/** Sends past the gateway: messages to the topic, as the gateway would make them. */
final class PubsubSink implements NotificationSink {
  /** Pub/Sub's limit of a request, and so of a message with its attributes. */
  private static final int LARGEST_MESSAGE = 10_000_000;

  /** What the request around a message takes. */
  private static final int REQUEST_OVERHEAD = 1_000;

  private final NotificationPublisher publisher;
  private final NotificationMessage messages;
  private final String endpoint;

  PubsubSink(RunningSystem system, NotificationMessage messages) throws IOException {
    this.publisher = new NotificationPublisher(system);
    this.messages = messages;
    this.endpoint = system.pubsubEndpoint();
  }

  @Override
  public void send(byte[] body) {
    PubsubMessage message = messages.of(body);
    if (message.getSerializedSize() > LARGEST_MESSAGE - REQUEST_OVERHEAD) {
      refuse("a message of " + message.getSerializedSize() + " bytes is too large");
    } else {
      publisher.publish(message);
    }
  }

  @Override
  public void refuse(String reason) {
    publisher.refuse(reason);
  }

  @Override
  public int largestBody() {
    return LARGEST_MESSAGE;
  }

  @Override
  public boolean isHopeless() {
    return publisher.isHopeless();
  }

  @Override
  public void finish() throws InterruptedException {
    publisher.finish();
  }

  @Override
  public long accepted() {
    return publisher.accepted();
  }

  @Override
  public long refused() {
    return publisher.refused();
  }

  @Override
  public Optional<String> firstReason() {
    return publisher.firstReason();
  }

  @Override
  public String name() {
    return "Pub/Sub at " + endpoint;
  }

  @Override
  public void close() {
    publisher.close();
  }
}
