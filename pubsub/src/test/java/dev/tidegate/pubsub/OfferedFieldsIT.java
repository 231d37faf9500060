package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.PublisherGrpc.PublisherBlockingStub;
import com.google.pubsub.v1.PubsubProto;
import com.google.pubsub.v1.RetryPolicy;
import com.google.pubsub.v1.SchemaServiceGrpc;
import com.google.pubsub.v1.SeekRequest;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.SubscriberGrpc.SubscriberBlockingStub;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.Topic;
import com.google.pubsub.v1.UpdateSubscriptionRequest;
import com.google.pubsub.v1.UpdateTopicRequest;
import dev.tidegate.testing.Repository;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole API, call by call and field by field, against the tables of docs/pubsub.md. */
class OfferedFieldsIT {
  private static final Pattern ROW =
      Pattern.compile("^\\| `(\\w+\\.\\w+)` \\| (yes|no|ignored) \\|", Pattern.MULTILINE);

  /** Requests and settings that the page says are offered whole, by what they have today. */
  private static final Map<String, String> WHOLE =
      Map.ofEntries(
          Map.entry("UpdateTopicRequest", "topic update_mask"),
          Map.entry("PublishRequest", "topic messages"),
          Map.entry("GetTopicRequest", "topic"),
          Map.entry("ListTopicsRequest", "project page_size page_token"),
          Map.entry("ListTopicSubscriptionsRequest", "topic page_size page_token"),
          Map.entry("DeleteTopicRequest", "topic"),
          Map.entry("GetSubscriptionRequest", "subscription"),
          Map.entry("UpdateSubscriptionRequest", "subscription update_mask"),
          Map.entry("ListSubscriptionsRequest", "project page_size page_token"),
          Map.entry("DeleteSubscriptionRequest", "subscription"),
          Map.entry("ModifyAckDeadlineRequest", "subscription ack_ids ack_deadline_seconds"),
          Map.entry("AcknowledgeRequest", "subscription ack_ids"),
          Map.entry("PullRequest", "subscription return_immediately max_messages"),
          Map.entry(
              "StreamingPullRequest",
              "subscription ack_ids modify_deadline_seconds modify_deadline_ack_ids"
                  + " stream_ack_deadline_seconds max_outstanding_messages max_outstanding_bytes"),
          Map.entry("RetryPolicy", "minimum_backoff maximum_backoff"),
          Map.entry("DeadLetterPolicy", "dead_letter_topic max_delivery_attempts"),
          Map.entry("ExpirationPolicy", "ttl"));

  private static final Topic TOPIC =
      Topic.newBuilder().setName("projects/local-dev/topics/events").build();
  private static final Subscription SUBSCRIPTION =
      Subscription.newBuilder()
          .setName("projects/local-dev/subscriptions/events-sub")
          .setTopic(TOPIC.getName())
          .build();

  @TempDir private static Path folder;
  private static final Map<String, String> PAGE = new HashMap<>();
  private static EmbeddedPubsub server;
  private static ManagedChannel channel;
  private static PublisherBlockingStub publisher;
  private static SubscriberBlockingStub subscriber;

  @BeforeAll
  static void start() throws IOException {
    Matcher row = ROW.matcher(Files.readString(Repository.ROOT.resolve("docs/pubsub.md")));
    while (row.find()) {
      PAGE.put(row.group(1), row.group(2));
    }
    server = EmbeddedPubsub.start(folder, 0);
    channel = ManagedChannelBuilder.forTarget(server.endpoint()).usePlaintext().build();
    publisher = PublisherGrpc.newBlockingStub(channel);
    subscriber = SubscriberGrpc.newBlockingStub(channel);
    publisher.createTopic(TOPIC);
    subscriber.createSubscription(SUBSCRIPTION);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.close();
  }

  @Test
  void everyCallIsOfferedOrRefusedAsThePageSays() {
    for (ServiceDescriptor service :
        List.of(
            PublisherGrpc.getServiceDescriptor(),
            SubscriberGrpc.getServiceDescriptor(),
            SchemaServiceGrpc.getServiceDescriptor())) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        String name =
            service.getName().replace("google.pubsub.v1.", "") + "." + method.getBareMethodName();
        boolean offered =
            !service.getName().endsWith("SchemaService") && "yes".equals(PAGE.get(name));
        assertThat(service.getName().endsWith("SchemaService") || PAGE.containsKey(name))
            .as("%s is on the page", name)
            .isTrue();
        if (method.getType() == MethodDescriptor.MethodType.UNARY) {
          assertThat(codeOf(() -> call(method)) == Status.Code.UNIMPLEMENTED)
              .as("%s is refused", name)
              .isEqualTo(!offered);
        }
      }
    }
  }

  @Test
  void everyFieldOfEveryOfferedRequestIsDecided() {
    Set<String> undecided = new TreeSet<>();
    PubsubProto.getDescriptor().getServices().stream()
        .flatMap(service -> service.getMethods().stream())
        .filter(
            method ->
                "yes".equals(PAGE.get(method.getService().getName() + "." + method.getName())))
        .forEach(method -> addUndecided(method.getInputType(), undecided));
    assertThat(undecided).isEmpty();
  }

  private static void addUndecided(Descriptor type, Set<String> undecided) {
    List<String> whole = List.of(WHOLE.getOrDefault(type.getName(), "").split(" "));
    for (FieldDescriptor field : type.getFields()) {
      String decided =
          whole.contains(field.getName()) ? "yes" : PAGE.getOrDefault(nameOf(field), "");
      if (decided.isEmpty()) {
        undecided.add(nameOf(field));
      } else if (decided.equals("yes")
          && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
          && !field.isMapField()
          && field.getMessageType().getFullName().startsWith("google.pubsub")) {
        addUndecided(field.getMessageType(), undecided);
      }
    }
  }

  @Test
  void everyFieldIsTakenOrRefusedByNameAsThePageSays() {
    for (FieldDescriptor field : Topic.getDescriptor().getFields()) {
      Topic topic = with(TOPIC, field);
      check(
          field,
          () -> publisher.createTopic(with(TOPIC.toBuilder().setName(unused()).build(), field)));
      check(
          field,
          () ->
              publisher.updateTopic(
                  UpdateTopicRequest.newBuilder()
                      .setTopic(topic)
                      .setUpdateMask(mask(field))
                      .build()));
    }
    for (FieldDescriptor field : Subscription.getDescriptor().getFields()) {
      check(
          field,
          () ->
              subscriber.createSubscription(
                  with(
                      SUBSCRIPTION.toBuilder()
                          .setName(unused().replace("topics", "subscriptions"))
                          .build(),
                      field)));
      check(
          field,
          () ->
              subscriber.updateSubscription(
                  UpdateSubscriptionRequest.newBuilder()
                      .setSubscription(with(SUBSCRIPTION, field))
                      .setUpdateMask(mask(field))
                      .build()));
    }
    for (FieldDescriptor field : SeekRequest.getDescriptor().getFields()) {
      check(
          field,
          () ->
              subscriber.seek(
                  with(
                      SeekRequest.newBuilder().setSubscription(SUBSCRIPTION.getName()).build(),
                      field)));
    }
  }

  @Test
  void aFieldOfALaterVersionIsRefused() {
    UnknownFieldSet later =
        UnknownFieldSet.newBuilder()
            .addField(500, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    StatusRuntimeException refused =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                publisher.createTopic(
                    TOPIC.toBuilder().setName(unused()).setUnknownFields(later).build()));
    assertThat(refused).hasMessageContaining("UNIMPLEMENTED").hasMessageContaining("Topic.500");
  }

  @Test
  void whatWasMadeShowsTheServicesDefaults() {
    Subscription shown =
        subscriber.createSubscription(
            SUBSCRIPTION.toBuilder()
                .setName(SUBSCRIPTION.getName() + "-defaults")
                .setRetryPolicy(RetryPolicy.getDefaultInstance())
                .build());
    assertThat(shown.getAckDeadlineSeconds()).isEqualTo(10);
    assertThat(shown.getState()).isEqualTo(Subscription.State.ACTIVE);
    assertThat(shown.getMessageRetentionDuration().getSeconds()).isEqualTo(604_800);
    assertThat(shown.getRetryPolicy().getMinimumBackoff().getSeconds()).isEqualTo(10);
    assertThat(shown.getRetryPolicy().getMaximumBackoff().getSeconds()).isEqualTo(600);
  }

  private static void check(FieldDescriptor field, Runnable call) {
    StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, call::run);
    if (PAGE.get(nameOf(field)).equals("no")) {
      assertThat(error)
          .as(nameOf(field))
          .isNotNull()
          .hasMessage(
              "UNIMPLEMENTED: The operation is not implemented or is not supported/enabled in this"
                  + " service (field="
                  + nameOf(field)
                  + ").");
    } else if (error != null) {
      assertThat(error.getStatus().getCode())
          .as(nameOf(field))
          .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND);
    }
  }

  private static String unused() {
    return TOPIC.getName() + "-" + System.nanoTime();
  }

  private static FieldMask mask(FieldDescriptor field) {
    return FieldMask.newBuilder().addPaths(field.getName()).build();
  }

  @SuppressWarnings("unchecked") // A message's builder builds such a message.
  private static <M extends Message> M with(M message, FieldDescriptor field) {
    Message.Builder builder = message.toBuilder();
    if (message.getAllFields().containsKey(field)) {
      // Its name, or its topic's.
      return message;
    }
    set(builder, field);
    return (M) builder.build();
  }

  private static void set(Message.Builder builder, FieldDescriptor field) {
    Object value =
        switch (field.getJavaType()) {
          case STRING -> "something";
          case BOOLEAN -> true;
          case INT -> 20;
          case LONG -> 20L;
          case FLOAT -> 1f;
          case DOUBLE -> 1d;
          case BYTE_STRING -> ByteString.copyFromUtf8("x");
          case ENUM -> field.getEnumType().getValues().get(1);
          case MESSAGE -> {
            Message.Builder inner = builder.newBuilderForField(field);
            inner.getDescriptorForType().getFields().stream()
                .limit(field.isMapField() ? 2 : 1)
                .forEach(each -> set(inner, each));
            yield inner.build();
          }
        };
    if (field.isRepeated()) {
      builder.addRepeatedField(field, value);
    } else {
      builder.setField(field, value);
    }
  }

  private static String nameOf(FieldDescriptor field) {
    return field.getContainingType().getName() + "." + field.getName();
  }

  private static Status.Code codeOf(Runnable call) {
    StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, call::run);
    return error == null ? Status.Code.OK : error.getStatus().getCode();
  }

  private static <Q, A> void call(MethodDescriptor<Q, A> method) {
    Q request = ((PrototypeMarshaller<Q>) method.getRequestMarshaller()).getMessagePrototype();
    ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
  }
}
