package dev.tidegate.transforms.handlers.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventSource;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParcelScannedHandlerTest {
  private static final EventSource SOURCE = new Warehouse();

  @Test
  void aScannedParcelHasAPlaceAndAWeight() throws Exception {
    assertThat(rows("{\"parcel\":\"P-1\",\"shelf\":\"A4\",\"weight\":2.50}"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.table()).isEqualTo("parcels");
              assertThat(row.key()).containsExactly("acme", "P-1");
              assertThat(row.columns())
                  .containsEntry("shelf", "A4")
                  .containsEntry("scanned_at", "2026-03-02T08:00:00Z")
                  .containsEntry("weight_in_kg", "2.50");
            });
  }

  @Test
  void aScannerThatDoesNotWeighLeavesTheWeightAsItIs() throws Exception {
    assertThat(rows("{\"parcel\":\"P-1\",\"shelf\":null}"))
        .singleElement()
        .satisfies(row -> assertThat(row.columns()).containsOnlyKeys("shelf", "scanned_at"));
  }

  @Test
  void withoutAParcelItIsInvalid() {
    assertThatThrownBy(() -> rows("{\"shelf\":\"A4\"}"))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage(": required parcel");
  }

  private static List<Upsert> rows(String body) throws Exception {
    Event event = SOURCE.decode(scan(body));
    SOURCE.validate(event);
    return SOURCE.handlerOf(event.eventType()).orElseThrow().handle(event).upserts();
  }

  static RawEvent scan(String body) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("warehouse")
        .notificationId("n-1")
        .eventType("parcel.scanned")
        .messageId("m-1")
        .publishTime(Instant.parse("2026-03-02T08:00:01Z"))
        .attributes(Map.of("ce-time", "2026-03-02T09:00:00+01:00"))
        .body(body.getBytes(UTF_8))
        .build();
  }
}
