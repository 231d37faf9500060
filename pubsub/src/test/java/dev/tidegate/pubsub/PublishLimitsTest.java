package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PubsubMessage;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PublishLimitsTest {
  private static final ByteString DATA = ByteString.copyFromUtf8("data");

  @Test
  void acceptsWhatTheServiceAccepts() {
    PublishRequest.Builder request = PublishRequest.newBuilder();
    request.addMessages(PubsubMessage.newBuilder().setData(DATA));
    request.addMessages(attributes(Map.of("only", "attributes")));
    request.addMessages(attributes(Map.of("k".repeat(256), "v".repeat(1024))));
    request.addMessages(attributes(numbered(100)));
    assertThatCode(() -> PublishLimits.check(request.build())).doesNotThrowAnyException();
  }

  static Stream<PublishRequest> unacceptable() {
    PubsubMessage good = PubsubMessage.newBuilder().setData(DATA).build();
    return Stream.of(
        PublishRequest.getDefaultInstance(),
        PublishRequest.newBuilder().addAllMessages(Collections.nCopies(1001, good)).build(),
        request(PubsubMessage.newBuilder().setOrderingKey("neither data nor attributes")),
        request(PubsubMessage.newBuilder().setData(ByteString.copyFrom(new byte[10 << 20]))),
        request(attributes(numbered(101))),
        request(attributes(Map.of("", "empty key"))),
        request(attributes(Map.of("k".repeat(257), "v"))),
        request(attributes(Map.of("é".repeat(129), "v"))),
        request(attributes(Map.of("k", "v".repeat(1025)))),
        request(attributes(Map.of("k", "é".repeat(513)))),
        request(attributes(Map.of("googclient", "v"))));
  }

  @ParameterizedTest
  @MethodSource("unacceptable")
  void refusesWhatTheServiceRefuses(PublishRequest request) {
    assertThatThrownBy(() -> PublishLimits.check(request)).hasMessageContaining("INVALID_ARGUMENT");
  }

  private static PublishRequest request(PubsubMessage.Builder message) {
    return PublishRequest.newBuilder().addMessages(message).build();
  }

  private static PubsubMessage.Builder attributes(Map<String, String> attributes) {
    return PubsubMessage.newBuilder().setData(DATA).putAllAttributes(attributes);
  }

  private static Map<String, String> numbered(int count) {
    return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
  }
}
