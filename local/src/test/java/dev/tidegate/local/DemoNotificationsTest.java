package dev.tidegate.local;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notifications that a demonstration sends, in the order of the file {@code index}. */
class DemoNotificationsTest {
  private static final EventSource SOURCE = EventSources.installed().named("terminal49");

  private static final List<Sent> SENT = new ArrayList<>();

  private record Sent(String file, RawEvent raw, Optional<Event> event) {}

  @BeforeAll
  static void read() throws IOException {
    for (String file : text("index").lines().toList()) {
      RawEvent raw =
          RawEvent.builder()
              .tenantId("demo")
              .source("terminal49")
              .messageId("m-" + SENT.size())
              .publishTime(Instant.parse("2025-12-01T00:00:00Z"))
              .attributes(Map.of())
              .body(text(file).getBytes(StandardCharsets.UTF_8))
              .build();
      Optional<Event> event;
      try {
        event = Optional.of(SOURCE.decode(raw));
      } catch (PermanentFailureException undecodable) {
        event = Optional.empty();
      }
      SENT.add(new Sent(file, raw, event));
    }
  }

  @Test
  void theIndexNamesEveryFile() throws Exception {
    Path folder = Path.of(DemoNotificationsTest.class.getResource("demo").toURI());
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(SENT)
          .extracting(Sent::file)
          .containsAll(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(file -> !file.equals("index"))
                  .toList());
    }
    assertThat(SENT).hasSizeGreaterThan(30);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tracking_request.succeeded",
        "tracking_request.failed",
        "tracking_request.awaiting_manifest",
        "tracking_request.tracking_stopped",
        "container.created",
        "container.updated",
        "container.pod_terminal_changed",
        "container.pickup_lfd.changed",
        "container.pickup_lfd_rail.changed",
        "container.pickup_appointment.changed",
        "container.transport.vessel_",
        "container.transport.transshipment_",
        "container.transport.feeder_",
        "container.transport.rail_",
        "container.transport.estimated.",
        "container.transport.available",
        "container.transport.not_available",
        "container.transport.full_out",
        "container.transport.delivered",
        "container.transport.empty_in",
        "shipment.estimated.arrival",
        "document.extracted",
        "document.extraction_failed"
      })
  void everyFamilyOfTypesIsThere(String family) {
    assertThat(events()).extracting(Event::eventType).anyMatch(type -> type.startsWith(family));
  }

  @Test
  void whatIsNotBrokenOnPurposeIsValidAndHandled() throws Exception {
    Set<String> tables = new HashSet<>();
    for (Event event : events()) {
      SOURCE.validate(event);
      Optional<EventHandler> handler = SOURCE.handlerOf(event.eventType());
      if (handler.isPresent()) {
        List<Upsert> rows = handler.get().handle(event).upserts();
        assertThat(rows).as(event.eventType()).isNotEmpty();
        rows.forEach(row -> tables.add(row.table()));
      }
    }
    assertThat(tables)
        .containsExactlyInAnyOrderElementsOf(SOURCE.tables().stream().map(Table::name).toList());
  }

  @Test
  void oneIsMalformedAndOneHasNoId() {
    assertThat(SENT.stream().filter(sent -> sent.event().isEmpty()).map(Sent::file))
        .containsExactly("380-malformed.json", "390-without-notification-id.json");
  }

  @Test
  void oneIsOfATypeNobodyKnows() {
    assertThat(events())
        .extracting(Event::eventType)
        .filteredOn(type -> type.startsWith("shipment.transport."))
        .hasSize(1)
        .allMatch(type -> SOURCE.handlerOf(type).isEmpty());
  }

  @Test
  void someComeTwiceAndOneComesBackWithAnotherBody() {
    Map<String, List<Event>> byId = events().stream().collect(groupingBy(Event::notificationId));
    List<List<String>> repeated =
        byId.values().stream()
            .filter(events -> events.size() > 1)
            .map(events -> events.stream().map(event -> event.raw().bodySha256()).toList())
            .toList();

    assertThat(repeated).hasSize(3);
    assertThat(repeated).filteredOn(bodies -> Set.copyOf(bodies).size() == 1).hasSize(2);
    assertThat(repeated).filteredOn(bodies -> Set.copyOf(bodies).size() == 2).hasSize(1);
  }

  @Test
  void theyComeOutOfOrder() {
    List<Instant> times = events().stream().map(Event::asOf).toList();

    assertThat(times).isNotEqualTo(times.stream().sorted().toList());
    assertThat(times).allMatch(time -> time.isAfter(Instant.parse("2025-08-01T00:00:00Z")));
  }

  @Test
  void containerNumbersCarryTheirCheckDigit() {
    List<String> numbers =
        events().stream()
            .flatMap(event -> event.payload().findValuesAsText("number").stream())
            .distinct()
            .toList();

    assertThat(numbers).hasSizeGreaterThanOrEqualTo(3);
    assertThat(numbers)
        .allMatch(number -> number.matches("[A-Z]{3}U[0-9]{7}"))
        .allMatch(number -> checkDigit(number) == number.charAt(10) - '0');
  }

  /** ISO 6346: letters count from 10 without the multiples of 11, each place doubles. */
  private static int checkDigit(String number) {
    int sum = 0;
    for (int place = 0; place < 10; place++) {
      int value = Character.digit(number.charAt(place), 36);
      if (value >= 10) {
        value += (value - 1) / 10;
      }
      sum += value << place;
    }
    return sum % 11 % 10;
  }

  private static List<Event> events() {
    return SENT.stream().flatMap(sent -> sent.event().stream()).toList();
  }

  private static String text(String file) throws IOException {
    try (InputStream in = DemoNotificationsTest.class.getResourceAsStream("demo/" + file)) {
      assertThat(in).as(file).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
