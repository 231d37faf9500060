package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.CoderException;
import org.apache.beam.sdk.testing.CoderProperties;
import org.apache.beam.sdk.util.CoderUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CodersTest {
  private static RawEvent fullRaw() {
    return Samples.raw("{\"a\":\"\\ud83d\\ude00\"}")
        .notificationId("n-1")
        .eventType("container.updated")
        .typeFromAttribute(true)
        .schemaVersion(Optional.of("2.0"))
        .attributes(Map.of("request_id", "r", "\uD83D\uDE00", "ü", "empty", ""))
        .build();
  }

  private static DeadLetter fullLetter() {
    return DeadLetter.builder()
        .event(fullRaw())
        .stage("Transform")
        .errorClass(DeadLetter.ErrorClass.HANDLER_FAILURE)
        .errorMessage("")
        .stackTrace("frames")
        .failedAt(Samples.PUBLISHED)
        .build();
  }

  static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of(RawEventCoder.of(), fullRaw()),
        Arguments.of(RawEventCoder.of(), Samples.raw("").build()),
        Arguments.of(DeadLetterCoder.of(), fullLetter()),
        Arguments.of(DeadLetterCoder.of(), Samples.letter("wrong")),
        Arguments.of(EventOutcomeCoder.of(), EventOutcome.failed(fullLetter())),
        Arguments.of(
            EventOutcomeCoder.of(),
            EventOutcome.committed(
                fullRaw(), EventOutcome.Status.STALE, Samples.PUBLISHED, Samples.PUBLISHED)));
  }

  @ParameterizedTest
  @MethodSource("values")
  <T> void everyValueComesBackAsItWas(Coder<T> coder, T value) throws Exception {
    CoderProperties.coderSerializable(coder);
    CoderProperties.coderDecodeEncodeEqual(coder, value);
    CoderProperties.structuralValueDecodeEncodeEqual(coder, value);
  }

  @ParameterizedTest
  @MethodSource("values")
  <T> void equalValuesHaveEqualBytes(Coder<T> coder, T value) throws Exception {
    coder.verifyDeterministic();
    CoderProperties.coderDeterministic(coder, value, CoderUtils.clone(coder, value));
  }

  @ParameterizedTest
  @MethodSource("values")
  <T> void anotherFormatIsRefused(Coder<T> coder, T value) throws Exception {
    byte[] bytes = CoderUtils.encodeToByteArray(coder, value);
    for (int format : new int[] {0, 9, 255}) {
      bytes[0] = (byte) format;
      assertThatThrownBy(() -> CoderUtils.decodeFromByteArray(coder, bytes))
          .isInstanceOf(CoderException.class)
          .hasMessageContaining("format");
    }
    assertThatThrownBy(() -> CoderUtils.decodeFromByteArray(coder, new byte[0]))
        .isInstanceOf(CoderException.class);
  }

  @Test
  void attributesHaveTheSameBytesInAnyOrderOfInsertion() throws Exception {
    Map<String, String> backwards = new TreeMap<>(Collections.reverseOrder());
    backwards.putAll(fullRaw().attributes());
    CoderProperties.coderDeterministic(
        RawEventCoder.of(), fullRaw(), fullRaw().toBuilder().attributes(backwards).build());
  }

  @Test
  void bodyOfFiveMegabytesComesBackByteForByte() throws Exception {
    byte[] body = new byte[5 << 20];
    new Random(1).nextBytes(body);
    RawEvent event = Samples.raw("").body(body).build();
    RawEvent copy = CoderUtils.clone(RawEventCoder.of(), event);
    assertThat(copy.body()).isEqualTo(body);
    assertThat(copy.bodySha256()).isEqualTo(Sha256.hexOf(body));
  }

  @Test
  void handlersSeeWhatTheVersionCoversAndNothingOfTheMessage() throws Exception {
    RawEvent raw = fullRaw();
    Event event =
        Event.ofFirstAccepted(
            raw, "n-1", "container.updated", Samples.AS_OF, Json.parse(raw.body()));
    Event seen = event.withoutEnvelope();

    assertThat(seen.version()).isEqualTo(event.version());
    assertThat(seen.payload()).isSameAs(event.payload());
    assertThat(seen.tenantId()).isEqualTo(event.tenantId());
    RawEvent another =
        raw.toBuilder()
            .attributes(Map.of("replay_id", "r", "subject", "s"))
            .messageId("another")
            .publishTime(Samples.PUBLISHED.plusSeconds(1))
            .build();
    assertThat(
            Event.of(another, "n-1", "container.updated", Samples.AS_OF, event.payload())
                .withoutEnvelope()
                .raw())
        .isEqualTo(seen.raw());
  }
}
