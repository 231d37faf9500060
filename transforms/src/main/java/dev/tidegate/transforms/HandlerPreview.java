package dev.tidegate.transforms;

import dev.tidegate.schemas.EventPreview;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Previews events with the handlers of {@link EventSources}: Decode, Validate and Transform, as the
 * pipeline does them.
 *
 * <p>A handler that calls another system is called once. The pipeline's circuit breakers neither
 * hold up a preview nor learn from it.
 */
public final class HandlerPreview implements EventPreview {
  private final Supplier<EventSources> sources;

  /**
   * Previews with {@code sources}.
   *
   * @param sources those that are loaded now; asked for each event
   */
  public HandlerPreview(Supplier<EventSources> sources) {
    this.sources = sources;
  }

  @Override
  public Outcome of(RawEvent event) {
    EventSources loaded = sources.get();
    // A copy: what another version of the handlers made of the event is remembered in the event.
    RawEvent anew = event.toBuilder().build(event.bodySha256());
    String stage = EventStep.DECODE;
    try {
      anew = loaded.identify(anew);
      loaded.decode(anew);
      stage = EventStep.VALIDATE;
      loaded.validate(anew);
      stage = EventStep.TRANSFORM;
      TransformedEvent transformed = loaded.transform(anew);
      return new Outcome(Optional.of(transformed), Optional.empty());
    } catch (RuntimeException failure) {
      return failed(anew, stage, failure);
    } catch (StackOverflowError bug) {
      return failed(anew, stage, new IllegalStateException(bug));
    }
  }

  private static Outcome failed(RawEvent event, String stage, RuntimeException failure) {
    return new Outcome(Optional.empty(), Optional.of(EventStep.letterOf(event, stage, failure)));
  }

  @Override
  public List<Table> tables() {
    return sources.get().tables();
  }
}
