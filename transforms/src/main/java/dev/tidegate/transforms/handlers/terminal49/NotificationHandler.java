package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.InvalidEventException;
import dev.tidegate.transforms.handlers.PayloadSchema;
import java.util.List;
import java.util.Optional;

/**
 * What all of Terminal49's notifications say: whatever a notification is about, each resource it
 * includes is as it says. A family of types adds what the notification says by being sent.
 */
abstract class NotificationHandler implements EventHandler {
  /** Far beyond any notification; the schemas say the same. */
  private static final int MAX_INCLUDED = 10_000;

  private final PayloadSchema schema;

  /**
   * @param schema the name of what the family relies on, among Terminal49's schemas
   */
  NotificationHandler(String schema) {
    this.schema = PayloadSchema.named("terminal49/" + schema);
  }

  @Override
  public final void validate(Event event) throws InvalidEventException {
    // The validator collects every violation: a large array of nothing would fill the memory.
    if (event.payload().path("included").size() > MAX_INCLUDED) {
      throw new InvalidEventException("/included: maxItems " + MAX_INCLUDED);
    }
    schema.check(event.payload());
  }

  @Override
  public final List<Upsert> handle(Event event) {
    JsonApiDocument document = JsonApiDocument.of(event.payload());
    NotificationRows rows = new NotificationRows(event);
    ResourceMappings.addIncluded(rows, document);
    addNotification(event, document, rows);
    return rows.upserts();
  }

  /**
   * Adds what the notification itself says to {@code rows}. What it is about may well not be
   * included: its row is written all the same, and says no more than the notification does.
   */
  abstract void addNotification(Event event, JsonApiDocument document, NotificationRows rows);

  /** The row of what the notification is about, where that is of the type {@code mapping} maps. */
  static Optional<Upsert.Builder> subjectRow(
      JsonApiDocument document, NotificationRows rows, ResourceMapping mapping) {
    return document
        .referenceTo(mapping.resourceType())
        .map(reference -> mapping.row(rows, reference.id()));
  }
}
