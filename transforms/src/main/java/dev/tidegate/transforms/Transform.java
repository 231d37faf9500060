package dev.tidegate.transforms;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.TransformedEventCoder;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.HandlerOutput;
import java.util.Optional;

/** Has each event's handler make the rows. An event type without a handler makes none. */
public final class Transform extends EventStep<Event, TransformedEvent> {
  private static final long serialVersionUID = 1L;

  /** The step's name in the picture. */
  public static final String STAGE = "Transform";

  private Transform(EventSources sources) {
    super(STAGE, TransformedEventCoder.of(), new TransformWork(sources));
  }

  /** Transforms by the handlers of {@code sources}. */
  public static Transform by(EventSources sources) {
    return new Transform(sources);
  }

  private static final class TransformWork implements Work<Event, TransformedEvent> {
    private static final long serialVersionUID = 1L;

    private final EventSources sources;

    TransformWork(EventSources sources) {
      this.sources = sources;
    }

    @Override
    public TransformedEvent apply(Event event) {
      Optional<EventHandler> handler =
          sources.named(event.raw().source()).handlerOf(event.eventType());
      if (handler.isEmpty()) {
        return TransformedEvent.unhandled(event);
      }
      HandlerOutput output = handler.get().handle(event.withoutEnvelope());
      return TransformedEvent.handled(event, output.upserts(), output.warnings());
    }

    @Override
    public RawEvent originalOf(Event event) {
      return event.raw();
    }
  }
}
