package dev.tidegate.transforms.handlers.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventSources;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ParcelDamagedHandlerTest {
  @Test
  void aDamagedParcelIsInspectedWithinFourHours() {
    RawEvent damaged =
        ParcelScannedHandlerTest.scan("{\"parcel\":\"P-1\"}").toBuilder()
            .eventType("parcel.damaged")
            .build();
    assertThat(EventSources.of(List.of(new Warehouse())).transform(damaged).effects())
        .extracting(Effect::kind, Effect::type, Effect::key, Effect::dueAt)
        .containsExactly(
            tuple(
                Effect.Kind.TASK,
                "inspect",
                "inspection",
                Optional.of(Instant.parse("2026-03-02T12:00:00Z"))),
            tuple(Effect.Kind.EVENT, "parcel.blocked", "blocked", Optional.empty()));
  }
}
