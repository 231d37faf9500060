package dev.tidegate.pubsub;

import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.StreamingPullRequest;
import com.google.pubsub.v1.StreamingPullResponse;
import dev.tidegate.pubsub.SubscriptionQueue.Holder;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One StreamingPull: acknowledgements and deadlines come in, messages go out.
 *
 * <p>It takes messages as long as the client has fewer outstanding than it said it could hold
 * (bytes may be exceeded by one message), and as long as the connection takes what is sent.
 */
final class StreamingPullCall implements StreamObserver<StreamingPullRequest>, Holder {
  private final Broker broker;
  private final ServerCallStreamObserver<StreamingPullResponse> client;
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  private volatile LiveSubscription subscription;
  private volatile long mostMessages = Long.MAX_VALUE;
  private volatile long mostBytes = Long.MAX_VALUE;
  private volatile int ackDeadlineSeconds;
  private boolean closed;

  StreamingPullCall(Broker broker, ServerCallStreamObserver<StreamingPullResponse> client) {
    this.broker = broker;
    this.client = client;
    client.setOnReadyHandler(this::wake);
    client.setOnCancelHandler(this::detach);
  }

  @Override
  public void onNext(StreamingPullRequest request) {
    try {
      if (subscription == null) {
        begin(request);
      } else {
        proceed(request);
      }
    } catch (StatusRuntimeException e) {
      detach();
      fail(e);
    }
  }

  @Override
  public void onError(Throwable error) {
    detach();
  }

  @Override
  public void onCompleted() {
    detach();
    synchronized (this) {
      if (!closed) {
        closed = true;
        client.onCompleted();
      }
    }
  }

  private void begin(StreamingPullRequest request) {
    LiveSubscription found = broker.subscription(request.getSubscription());
    SubscriberService.checkStreamAckDeadline(request.getStreamAckDeadlineSeconds());
    ackDeadlineSeconds = request.getStreamAckDeadlineSeconds();
    if (request.getMaxOutstandingMessages() > 0) {
      mostMessages = request.getMaxOutstandingMessages();
    }
    if (request.getMaxOutstandingBytes() > 0) {
      mostBytes = request.getMaxOutstandingBytes();
    }
    subscription = found;
    settle(request);
    found.attach(this);
    if (client.isCancelled()) {
      // It went before there was anything to detach it from.
      detach();
    }
  }

  private void proceed(StreamingPullRequest request) {
    if (!request.getSubscription().isEmpty()) {
      throw Statuses.invalidArgument(
          "The subscription may be given in the first request of a stream only.");
    }
    if (request.getStreamAckDeadlineSeconds() != 0) {
      SubscriberService.checkStreamAckDeadline(request.getStreamAckDeadlineSeconds());
      ackDeadlineSeconds = request.getStreamAckDeadlineSeconds();
    }
    settle(request);
  }

  private void settle(StreamingPullRequest request) {
    int count = request.getModifyDeadlineAckIdsCount();
    if (count != request.getModifyDeadlineSecondsCount()) {
      throw Statuses.invalidArgument(
          "modify_deadline_ack_ids and modify_deadline_seconds must be of the same length.");
    }
    broker.acknowledge(subscription, request.getAckIdsList());
    for (int i = 0; i < count; i++) {
      int seconds = request.getModifyDeadlineSeconds(i);
      SubscriberService.checkAckDeadline(seconds);
      subscription.modifyAckDeadline(AckId.parse(request.getModifyDeadlineAckIds(i)), seconds);
    }
  }

  int ackDeadlineSeconds() {
    return ackDeadlineSeconds;
  }

  /** How many more messages it takes now; may be none. */
  int roomForMessages() {
    return client.isReady()
        ? (int) Math.min(Integer.MAX_VALUE, Math.max(0, mostMessages - messages.get()))
        : 0;
  }

  /** How many more bytes of messages it takes now; may be none. */
  long roomForBytes() {
    return Math.max(0, mostBytes - bytes.get());
  }

  /** Sends messages leased by this stream, and answers false if it has ended. */
  synchronized boolean send(List<ReceivedMessage> received) {
    if (closed || client.isCancelled()) {
      return false;
    }
    StreamingPullResponse.Builder response =
        StreamingPullResponse.newBuilder().addAllReceivedMessages(received);
    if (subscription.settings().getEnableMessageOrdering()) {
      // Clients then handle the messages of a key one after the other.
      response.getSubscriptionPropertiesBuilder().setMessageOrderingEnabled(true);
    }
    client.onNext(response.build());
    return true;
  }

  synchronized void fail(StatusRuntimeException error) {
    if (!closed) {
      closed = true;
      client.onError(error);
    }
  }

  @Override
  public void leased() {
    messages.incrementAndGet();
  }

  @Override
  public void loaded(int size) {
    bytes.addAndGet(size);
  }

  @Override
  public void released(int size) {
    messages.decrementAndGet();
    bytes.addAndGet(-size);
  }

  private void wake() {
    LiveSubscription attached = subscription;
    if (attached != null) {
      attached.wake();
    }
  }

  private void detach() {
    LiveSubscription attached = subscription;
    if (attached != null) {
      attached.detach(this);
    }
  }
}
