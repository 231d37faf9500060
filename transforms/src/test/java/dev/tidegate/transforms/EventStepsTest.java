package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.example.Warehouse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decode, Validate and Transform, as they follow each other. */
class EventStepsTest {
  @Test
  void aGoodEventPassesAllSteps() {
    Outcome outcome =
        run(RawEvents.notification("n1", "container.transport.available", "2026-01-31T11:00:00Z"));

    assertThat(outcome.letters).isEmpty();
    assertThat(outcome.transformed)
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.handled()).isTrue();
              assertThat(event.event().notificationId()).isEqualTo("n1");
              assertThat(event.event().asOf()).isEqualTo("2026-01-31T11:00:00Z");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not json", "[1]", "{\"data\":{}}", "{\"data\":", "\"\\ud800\""})
  void whatCannotBeReadIsADeadLetterThatHoldsTheOriginal(String body) {
    RawEvent event =
        RawEvents.of("n1", "container.updated", body).toBuilder()
            .notificationId(Optional.empty())
            .build();
    Outcome outcome = run(event, good());

    assertThat(outcome.transformed).as("the other event").hasSize(1);
    assertThat(outcome.letters)
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.event()).isEqualTo(event);
              assertThat(letter.stage()).isEqualTo("Decode");
              assertThat(letter.errorClass()).isEqualTo(ErrorClass.UNDECODABLE);
            });
  }

  @Test
  void invalidUtf8IsADeadLetter() {
    RawEvent event =
        good().toBuilder().body(new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'}).build();
    assertThat(run(event).letters).extracting(DeadLetter::stage).containsExactly("Decode");
  }

  @Test
  void aThousandLevelsAreADeadLetter() {
    RawEvent event =
        RawEvents.of("n1", "container.updated", "{\"a\":".repeat(1000) + "1" + "}".repeat(1000));
    assertThat(run(event).letters)
        .singleElement()
        .satisfies(letter -> assertThat(letter.errorClass()).isEqualTo(ErrorClass.UNDECODABLE));
  }

  @Test
  void anUnusableTenantOrSourceIsADeadLetterAndNobodyElsesEvent() {
    RawEvent event =
        good().toBuilder()
            .tenantId(ReadEvents.UNIDENTIFIED_TENANT)
            .attributes(Map.of("tenant_id", "a\nb"))
            .build();
    assertThat(run(event).letters)
        .singleElement()
        .satisfies(
            letter ->
                assertThat(letter.errorMessage()).contains("tenant_id").doesNotContain("a\nb"));
  }

  @Test
  void aTimeMoreThanADayAheadIsInvalid() {
    Outcome outcome =
        run(
            RawEvents.notification("ahead", "container.updated", "2026-02-01T12:00:00.001Z"),
            RawEvents.notification("justIn", "container.updated", "2026-02-01T12:00:00Z"));

    assertThat(outcome.transformed)
        .extracting(event -> event.event().notificationId())
        .containsExactly("justIn");
    assertThat(outcome.letters)
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.stage()).isEqualTo("Validate");
              assertThat(letter.errorClass()).isEqualTo(ErrorClass.INVALID);
            });
  }

  @Test
  void anUnknownTypeIsNoError() {
    Outcome outcome =
        run(RawEvents.notification("n1", "container.teleported", "2026-01-31T11:00:00Z"));

    assertThat(outcome.letters).isEmpty();
    assertThat(outcome.transformed)
        .singleElement()
        .satisfies(event -> assertThat(event.handled()).isFalse());
  }

  @Test
  void anUnknownSourceIsNoError() {
    RawEvent event =
        RawEvents.of("n1", "order.placed", "{\"total\":1}").toBuilder()
            .source("shop")
            .attributes(Map.of("source", "shop"))
            .build();
    Outcome outcome = run(event);

    assertThat(outcome.letters).isEmpty();
    assertThat(outcome.transformed).singleElement().matches(transformed -> !transformed.handled());
  }

  @Test
  void theStepsKnowTheSourcesThatTheyAreGiven() {
    RawEvent scan =
        RawEvents.of("n1", "parcel.scanned", "{\"parcel\":\"P-1\",\"shelf\":\"A4\"}").toBuilder()
            .source("warehouse")
            .attributes(Map.of("source", "warehouse"))
            .build();

    assertThat(run(scan).transformed).singleElement().matches(event -> !event.handled());
    assertThat(run(EventSources.of(List.of(new Warehouse())), scan).transformed)
        .singleElement()
        .satisfies(event -> assertThat(event.upserts()).hasSize(1));
  }

  @Test
  void aValueItsColumnCannotHoldIsInvalidAndNotQuoted() {
    RawEvent event =
        RawEvents.of(
            "n1",
            "container.created",
            """
            {"data":{"id":"n1","type":"webhook_notification",
             "attributes":{"event":"container.created","created_at":"2026-01-31T11:00:00Z"}},
             "included":[{"id":"c1","type":"container","attributes":{"number":"SECRET\\u0000"}}]}
            """);
    assertThat(run(event).letters)
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.errorClass()).isEqualTo(ErrorClass.INVALID);
              assertThat(letter.errorMessage()).contains("number").doesNotContain("SECRET");
              assertThat(new String(letter.event().body(), UTF_8)).contains("SECRET");
            });
  }

  private static RawEvent good() {
    return RawEvents.notification("good", "container.updated", "2026-01-31T11:00:00Z");
  }

  private record Outcome(List<TransformedEvent> transformed, List<DeadLetter> letters) {}

  /** The DirectRunner runs in this JVM: assertions outside of the pipeline read better. */
  private static final List<TransformedEvent> TRANSFORMED =
      Collections.synchronizedList(new ArrayList<>());

  private static final List<DeadLetter> LETTERS = Collections.synchronizedList(new ArrayList<>());

  private static Outcome run(RawEvent... events) {
    return run(EventSources.installed(), events);
  }

  private static Outcome run(EventSources sources, RawEvent... events) {
    TRANSFORMED.clear();
    LETTERS.clear();
    Pipeline pipeline = Pipeline.create();
    List<PCollection<DeadLetter>> failures = new ArrayList<>();
    PCollection<RawEvent> transformed =
        pipeline
            .apply(Create.of(List.of(events)).withCoder(RawEventCoder.of()))
            .apply("Decode", EventStep.decode(sources))
            .failuresTo(failures)
            .apply("Validate", EventStep.validate(sources))
            .failuresTo(failures)
            .apply("Transform", EventStep.transform(sources))
            .failuresTo(failures);
    PAssert.that(transformed)
        .satisfies(
            found -> {
              found.forEach(event -> TRANSFORMED.add(sources.transform(event)));
              return null;
            });
    PAssert.that(PCollectionList.of(failures).apply(Flatten.pCollections()))
        .satisfies(
            found -> {
              found.forEach(LETTERS::add);
              return null;
            });
    pipeline.run().waitUntilFinish();
    return new Outcome(List.copyOf(TRANSFORMED), List.copyOf(LETTERS));
  }
}
