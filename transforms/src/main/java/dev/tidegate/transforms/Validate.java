package dev.tidegate.transforms;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventCoder;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.EventSources;

/** Passes on the events whose handlers can rely on what they read. */
public final class Validate extends EventStep<Event, Event> {
  private static final long serialVersionUID = 1L;

  /** The step's name in the picture. */
  public static final String STAGE = "Validate";

  private Validate(EventSources sources) {
    super(STAGE, EventCoder.of(), new ValidateWork(sources));
  }

  /** Validates by the handlers of {@code sources}. */
  public static Validate by(EventSources sources) {
    return new Validate(sources);
  }

  private static final class ValidateWork implements Work<Event, Event> {
    private static final long serialVersionUID = 1L;

    private final EventSources sources;

    ValidateWork(EventSources sources) {
      this.sources = sources;
    }

    @Override
    public Event apply(Event event) {
      if (!Version.isPlausible(event.asOf(), event.raw().receivedAt())) {
        throw PermanentFailureException.invalid(
            "the event's time lies more than a day after its receipt");
      }
      sources.named(event.raw().source()).validate(event.withoutEnvelope());
      return event;
    }

    @Override
    public RawEvent originalOf(Event event) {
      return event.raw();
    }
  }
}
