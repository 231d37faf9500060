package dev.tidegate.schemas;

import com.google.auto.value.AutoValue;
import java.util.List;
import org.apache.beam.sdk.coders.DefaultCoder;

/** An event with everything it says of the tables: what Upsert commits in one transaction. */
@AutoValue
@DefaultCoder(TransformedEventCoder.class)
public abstract class TransformedEvent {
  public abstract Event event();

  /** Whether a handler knew the event's type; where none did, only the ledger records it. */
  public abstract boolean handled();

  public abstract List<Upsert> upserts();

  /** What of the event could not be stored: at most {@link Warning#MOST}. */
  public abstract List<Warning> warnings();

  /** What a handler made of {@code event}. */
  public static TransformedEvent handled(
      Event event, List<Upsert> upserts, List<Warning> warnings) {
    return new AutoValue_TransformedEvent(
        event, true, List.copyOf(upserts), Warning.bounded(warnings));
  }

  /** An event of a type without a handler. */
  public static TransformedEvent unhandled(Event event) {
    return new AutoValue_TransformedEvent(event, false, List.of(), List.of());
  }
}
