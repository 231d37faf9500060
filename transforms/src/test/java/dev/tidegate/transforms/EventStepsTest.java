package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.handlers.example.Warehouse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.util.SerializableUtils;
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

  /** Neither its body is read nor its place in the tables asked for: it holds the original. */
  @ParameterizedTest
  @ValueSource(
      strings = {"globex", "Acme", "acme ", " acme", "acme,globex", "acme\u200b", "*", "default"})
  void anEventOfATenantThatIsNotListedIsADeadLetterOfItsOwnClass(String tenant) {
    RawEvent mine = of("acme", good());
    RawEvent notJson = of(tenant, RawEvents.of("n1", "container.updated", "{hostile"));
    Outcome outcome =
        run(EventSources.installed().ofTenants(Set.of("acme", "initech")), mine, notJson);

    assertThat(outcome.transformed).singleElement().matches(event -> event.handled());
    assertThat(outcome.letters)
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.errorClass()).isEqualTo(ErrorClass.TENANT_MISMATCH);
              assertThat(letter.stage()).isEqualTo("Decode");
              assertThat(letter.event()).isEqualTo(notJson);
              assertThat(letter.errorMessage()).contains("--tenants").doesNotContain(tenant);
            });
    assertThat(outcome.counters)
        .containsEntry("events_tenant_mismatched", 1L)
        .doesNotContainKey("events_invalid");
  }

  @Test
  void whereTheSourceListsTenantsTooAnEventIsOfBothLists() {
    DeclaredSource shop =
        DeclaredSource.parse(
            "shop.yaml",
            """
            source: shop
            tenants: [acme, globex]
            event: { id: attribute:notification_id, type: attribute:event_type }
            events: { order.placed: { rows: [] } }
            """);
    EventSources ofSource = EventSources.installed().and(List.of(shop));
    EventSources ofBoth = ofSource.ofTenants(Set.of("acme", "initech"));
    RawEvent placed =
        RawEvents.of("n1", "order.placed", "{}").toBuilder()
            .source("shop")
            .attributes(Map.of("source", "shop"))
            .build();

    assertThat(run(ofBoth, of("acme", placed)).letters).isEmpty();
    for (String other : List.of("globex", "initech", "hooli")) {
      assertThat(run(ofBoth, of(other, placed)).letters)
          .as(other)
          .extracting(DeadLetter::errorClass)
          .containsExactly(ErrorClass.TENANT_MISMATCH);
    }
    assertThat(run(ofSource, of("globex", placed)).letters)
        .as("the mended list takes the letter's event")
        .isEmpty();
    assertThat(run(ofSource, of("initech", placed)).letters)
        .extracting(DeadLetter::errorMessage)
        .containsExactly("the source's list of tenants does not name the event's tenant");
    assertThat(run(ofSource, of("initech", good())).letters)
        .as("another source takes its events")
        .isEmpty();
  }

  @Test
  void theListsTravelToTheWorkersAndStayWithMoreSources() {
    EventSources arrived =
        SerializableUtils.clone(EventSources.installed().ofTenants(Set.of("acme")))
            .and(List.of(new Warehouse()));
    assertThat(run(arrived, of("globex", good())).letters)
        .extracting(DeadLetter::errorClass)
        .containsExactly(ErrorClass.TENANT_MISMATCH);
  }

  @Test
  void theLogNamesATenantOnceAMinuteAndNeverTooManyOfThem() {
    TenantMismatches log = new TenantMismatches();
    long minute = Duration.ofMinutes(1).toNanos();

    assertThat(log.isDue("a", 0)).isTrue();
    assertThat(log.isDue("a", minute - 1)).isFalse();
    assertThat(log.isDue("b", minute - 1)).isTrue();
    assertThat(log.isDue("a", minute)).isTrue();
    long due = IntStream.range(0, 10_000).filter(i -> log.isDue("t" + i, minute)).count();
    assertThat(due).isEqualTo(TenantMismatches.MAX_TENANTS - 2);
  }

  private static RawEvent of(String tenant, RawEvent event) {
    Map<String, String> attributes = new HashMap<>(event.attributes());
    attributes.put("tenant_id", tenant);
    return event.toBuilder().tenantId(tenant).attributes(attributes).build();
  }

  private static RawEvent good() {
    return RawEvents.notification("good", "container.updated", "2026-01-31T11:00:00Z");
  }

  private record Outcome(
      List<TransformedEvent> transformed, List<DeadLetter> letters, Map<String, Long> counters) {}

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
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return new Outcome(List.copyOf(TRANSFORMED), List.copyOf(LETTERS), CountedMetrics.of(result));
  }
}
