package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import java.util.Map;
import java.util.Set;

/**
 * A document was read, or could not be: its status, the document, what was extracted from it and
 * the e-mail it came by.
 */
final class DocumentHandler extends NotificationHandler {
  private static final Map<String, String> STATUS_BY_EVENT_TYPE =
      Map.of(
          "document.extracted", "extracted",
          "document.extraction_failed", "failed");

  static final Set<String> EVENT_TYPES = STATUS_BY_EVENT_TYPE.keySet();

  DocumentHandler() {
    super(ResourceMappings.DOCUMENT);
  }

  /** Newer notifications have a relationship of its own for the document. */
  @Override
  void addNotification(Event event, JsonApiDocument document, NotificationRows rows) {
    boolean ownRelationship = document.notification().target("document").isPresent();
    subjectRow(document, rows, ownRelationship ? "document" : "reference_object")
        .ifPresent(
            row -> row.set("extraction_status", STATUS_BY_EVENT_TYPE.get(event.eventType())));
  }
}
