package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.TransformedEvent;
import java.util.function.Function;

/**
 * An event that may be any tenant's: it says the same of each, so that what became of it in a fault
 * can be compared with what becomes of it in peace.
 *
 * @param id its notification ID
 * @param poison whether the database refuses it
 * @param ofTenant the event as this tenant's
 */
record SampleEvent(String id, boolean poison, Function<String, TransformedEvent> ofTenant) {
  EventWriter.Entry entry(String tenant) {
    return new EventWriter.Entry(ofTenant.apply(tenant), Things.TIME);
  }
}
