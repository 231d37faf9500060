package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EffectTest {
  private static ObjectNode payload(String text) {
    return Json.mapper().createObjectNode().put("text", text);
  }

  @Test
  void whatIsWrittenAsJsonIsReadAgain() throws Exception {
    Effect effect =
        Effect.task("research")
            .key("r")
            .aggregate("a")
            .priority(9)
            .dueAt(Instant.parse("2026-03-02T08:00:00Z"))
            .payload(payload("ü"))
            .compensation(
                Effect.notice("withdrawn", "user-1").key("c").payload(payload("x")).build())
            .build();
    Effect other = Effect.event("order.paid").source("shop").build();
    for (Effect one : new Effect[] {effect, other}) {
      assertThat(Effect.read(Json.mapper().readTree(Json.write(one.toJson())))).isEqualTo(one);
    }
  }

  @Test
  void anIdFollowsFromAllPartsOfTheCause() {
    assertThat(EventId.ofEffect("t", "s", "c", "h", "k"))
        .isEqualTo(EventId.ofEffect("t", "s", "c", "h", "k"))
        .isNotEqualTo(EventId.ofEffect("t", "s", "c", "hk", ""))
        .isNotEqualTo(EventId.ofEffect("t2", "s", "c", "h", "k"))
        .isNotEqualTo(EventId.ofEffect("t", "s", "c", "h", "k2"));
  }

  @Test
  void whatCannotBeStoredOrSentIsInvalid() {
    assertThatThrownBy(() -> Effect.event("order\u0000paid").build())
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("an effect's type must be");
    assertThatThrownBy(() -> Effect.notice("n", "x".repeat(201)).build())
        .hasMessageContaining("an effect's recipient must be");
    assertThatThrownBy(() -> Effect.event("e").aggregate(" ").build())
        .hasMessageContaining("an effect's aggregate must be");
    assertThatThrownBy(() -> Effect.task("t").priority(10).build())
        .hasMessage("an effect's priority must be from 0 to 9");
    assertThatThrownBy(() -> Effect.task("t").payload(payload("\u0000")).build())
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("an effect's payload must");
    assertThatThrownBy(() -> Effect.event("e").payload(payload("x".repeat(1 << 18))).build())
        .hasMessage("an effect's payload must have at most 262144 characters");
  }

  @Test
  void aPayloadLeavesRoomForWhatTellsOfIt() {
    ObjectNode deep = payload("x");
    for (int i = 0; i < Json.MAX_DEPTH - 1; i++) {
      ObjectNode outer = Json.mapper().createObjectNode();
      outer.set("in", deep);
      deep = outer;
    }
    ObjectNode tooDeep = deep;
    assertThatThrownBy(() -> Effect.task("t").payload(tooDeep).build())
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage("an effect's payload must be nested at most 95 deep");
  }

  @Test
  void nothingOfThePayloadIsLoggedByAccident() {
    assertThat(Effect.event("e").payload(payload("secret")).build().toString())
        .doesNotContain("secret");
  }

  @Test
  void aModeIsReadFromTheAttribute() {
    RawEvent event =
        RawEvent.builder()
            .tenantId("acme")
            .source("shop")
            .messageId("m")
            .publishTime(Instant.EPOCH)
            .attributes(Map.of("effects", "none"))
            .body(new byte[0])
            .build();
    assertThat(EffectMode.of(event)).isEqualTo(EffectMode.NONE);
    assertThat(EffectMode.of(event.toBuilder().attributes(Map.of("effects", "NO")).build()))
        .isEqualTo(EffectMode.MISSING);
  }
}
