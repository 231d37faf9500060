package dev.tidegate.transforms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventPreview;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HandlerPreviewTest {
  @Test
  void aHandlerThatCallsOutIsCalledOnceForEachPreview() {
    try (CallingSource carrier = new CallingSource(call -> 503)) {
      EventSources sources = carrier.sources();
      HandlerPreview preview = new HandlerPreview(() -> sources);
      RawEvent event = CallingSource.event("a");
      for (int previews = 1; previews <= 12; previews++) {
        DeadLetter letter = preview.of(event).letter().orElseThrow();
        assertThat(letter.stage()).isEqualTo("Transform");
        assertThat(letter.errorClass()).isEqualTo(ErrorClass.HANDLER_UNAVAILABLE);
        assertThat(letter.errorMessage()).isEqualTo("the carrier answered 503");
        assertThat(carrier.calls()).isEqualTo(previews);
      }
      // So many failures in a row would have opened the pipeline's circuit.
      carrier.status = call -> 200;
      new HandlerCalls(sources, 1).transform(CallingSource.event("b"));
      assertThat(carrier.calls()).isEqualTo(13);
    }
  }

  @Test
  void theHandlersOfTheMomentAreAskedThoughAnEventRemembersOthers() {
    AtomicReference<EventSources> loaded = new AtomicReference<>(EventSources.installed());
    HandlerPreview preview = new HandlerPreview(loaded::get);
    RawEvent event = RawEvents.notification("n1", "container.updated", "2026-01-31T10:00:00Z");
    EventPreview.Outcome handled = preview.of(event);
    assertThat(handled.letter()).isEmpty();
    assertThat(handled.transformed().orElseThrow().handled()).isTrue();
    assertThat(preview.tables()).isNotEmpty();
    loaded.get().transform(event);

    loaded.set(EventSources.of(List.of()));
    assertThat(preview.of(event).transformed().map(made -> made.handled())).contains(false);
    assertThat(preview.tables()).isEmpty();
  }
}
