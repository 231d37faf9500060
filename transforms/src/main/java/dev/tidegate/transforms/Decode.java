package dev.tidegate.transforms;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventCoder;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.Optional;

/** Reads ID, type, time and payload of each event as its source writes them. */
public final class Decode extends EventStep<RawEvent, Event> {
  private static final long serialVersionUID = 1L;

  /** The step's name in the picture. */
  public static final String STAGE = "Decode";

  private Decode(EventSources sources) {
    super(STAGE, EventCoder.of(), new DecodeWork(sources));
  }

  /** Decodes the events of {@code sources}. */
  public static Decode by(EventSources sources) {
    return new Decode(sources);
  }

  private static final class DecodeWork implements Work<RawEvent, Event> {
    private static final long serialVersionUID = 1L;

    private final EventSources sources;

    DecodeWork(EventSources sources) {
      this.sources = sources;
    }

    @Override
    public Event apply(RawEvent event) {
      requireUsed(event, EventAttributes.TENANT_ID, event.tenantId());
      requireUsed(event, EventAttributes.SOURCE, event.source());
      return sources.named(event.source()).decode(event);
    }

    /** ReadEvents uses the default where an attribute cannot be used. */
    private static void requireUsed(RawEvent event, EventAttributes attribute, String used) {
      Optional<String> given = event.attribute(attribute);
      if (given.isPresent() && !given.get().equals(used)) {
        throw PermanentFailureException.undecodable(
            "the attribute %s must be a name: %s"
                .formatted(attribute.attribute(), Event.NAME_RULE));
      }
    }

    @Override
    public RawEvent originalOf(RawEvent event) {
      return event;
    }
  }
}
