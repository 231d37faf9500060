package dev.tidegate.transforms.handlers.terminal49;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableMap;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.transforms.handlers.PayloadSchema;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Handles what all of Terminal49's notifications have in common: each included resource becomes
 * rows. A family of types adds the news of the notification itself.
 */
abstract class NotificationHandler implements EventHandler {
  /** Far beyond any notification; the schema says the same. */
  private static final int MAX_INCLUDED = 10_000;

  /** A message is read by people. */
  private static final int MAX_REASONS = 5;

  private static final PayloadSchema SCHEMA = PayloadSchema.named("terminal49/notification");

  private final Set<String> subjectTypes;
  private final Map<String, ResourceMapping> subjects;

  /**
   * @param subjects what the family's notifications may be about
   */
  NotificationHandler(ResourceMapping... subjects) {
    this.subjects =
        Stream.of(subjects).collect(toUnmodifiableMap(ResourceMapping::resourceType, identity()));
    subjectTypes = new TreeSet<>(this.subjects.keySet());
  }

  @Override
  public final void validate(Event event) {
    // The validator collects every violation: a large array of nothing would fill the memory.
    if (event.payload().path("included").size() > MAX_INCLUDED) {
      throw PermanentFailureException.invalid("/included: maxItems " + MAX_INCLUDED);
    }
    SCHEMA.check(event.payload());
  }

  @Override
  public final HandlerOutput handle(Event event) {
    NotificationRows rows = new NotificationRows(event);
    JsonApiDocument document = JsonApiDocument.of(event.raw(), event.payload());
    document.warn(rows::warn);
    warnOfTime(event, rows);
    ResourceMappings.addIncluded(rows, document);
    addNotification(event, document, rows);
    HandlerOutput output = rows.output();
    if (output.upserts().isEmpty()) {
      throw PermanentFailureException.invalid(
          "nothing in it can be stored%s"
              .formatted(
                  output.warnings().stream()
                      .limit(MAX_REASONS)
                      .map(warning -> "; %s %s".formatted(warning.pointer(), warning.rule()))
                      .collect(joining())));
    }
    return output;
  }

  /** The time orders the notification's facts. Without one they are older than all others. */
  private static void warnOfTime(Event event, NotificationRows rows) {
    JsonNode createdAt = event.payload().path("data").path("attributes").path("created_at");
    if (!createdAt.isMissingNode()
        && !createdAt.isNull()
        && (!createdAt.isTextual() || Rfc3339.parse(createdAt.textValue()).isEmpty())) {
      rows.warn(
          "/data/attributes/created_at",
          "must be a time with an offset, as in RFC 3339, within years 1 to 9999");
    }
  }

  /**
   * Adds the news of the notification itself to {@code rows}. Its subject may not be included: then
   * the row has only what the notification says.
   */
  abstract void addNotification(Event event, JsonApiDocument document, NotificationRows rows);

  /**
   * The row of the notification's subject; empty, with a warning, where the notification does not
   * name one.
   */
  final Optional<NotificationRows.Row> subjectRow(JsonApiDocument document, NotificationRows rows) {
    return subjectRow(document, rows, "reference_object");
  }

  /** As {@link #subjectRow}, where the relationship to the subject has another name. */
  final Optional<NotificationRows.Row> subjectRow(
      JsonApiDocument document, NotificationRows rows, String relationship) {
    String pointer = document.notification().pointerOf(relationship) + "/data";
    Optional<ResourceId> subject = document.notification().target(relationship);
    Optional<ResourceMapping> mapping = subject.map(ResourceId::type).map(subjects::get);
    if (mapping.isEmpty()) {
      rows.warn(pointer, "must name a resource of type " + String.join(" or ", subjectTypes));
    }
    return mapping.map(found -> found.row(rows, subject.get().id(), () -> pointer + "/id"));
  }
}
