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
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Handles what all of Terminal49's notifications have in common: each included resource becomes
 * rows, and the row of its subject says which event it was. The subject may not be included: then
 * its row has only that.
 */
class NotificationHandler implements EventHandler {
  /** Far beyond any notification; the schema says the same. */
  private static final int MAX_INCLUDED = 10_000;

  /** A message is read by people. */
  private static final int MAX_REASONS = 5;

  private static final PayloadSchema SCHEMA = PayloadSchema.named("terminal49/notification");

  private static final String DOCUMENT = "document";

  private final String column;
  private final Map<String, String> values;
  private final Map<String, ResourceMapping> subjects;

  /**
   * A handler that writes the event's type into the row of the notification's subject.
   *
   * @param column the column for it
   * @param subjects what the notifications may be about
   */
  NotificationHandler(String column, ResourceMapping... subjects) {
    this(column, Map.of(), subjects);
  }

  /** As the other constructor says, but with another value for each of some types. */
  NotificationHandler(String column, Map<String, String> values, ResourceMapping... subjects) {
    this.column = column;
    this.values = values;
    this.subjects =
        Stream.of(subjects).collect(toUnmodifiableMap(ResourceMapping::resourceType, identity()));
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
    addSubject(event, document, rows);
    addMore(event, document, rows);
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
    return new HandlerOutput(
        output.upserts(), output.warnings(), output.effects(), NotificationFacts.keysOf(document));
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

  /** Adds what a family of types has beyond that. */
  void addMore(Event event, JsonApiDocument document, NotificationRows rows) {}

  private void addSubject(Event event, JsonApiDocument document, NotificationRows rows) {
    // Newer notifications have a relationship of its own for a document.
    String relationship =
        subjects.containsKey(DOCUMENT) && document.notification().target(DOCUMENT).isPresent()
            ? DOCUMENT
            : "reference_object";
    String pointer = document.notification().pointerOf(relationship) + "/data";
    Optional<ResourceId> subject = document.notification().target(relationship);
    ResourceMapping mapping = subject.map(found -> subjects.get(found.type())).orElse(null);
    if (mapping == null) {
      rows.warn(
          pointer,
          "must name a resource of type " + String.join(" or ", new TreeSet<>(subjects.keySet())));
      return;
    }
    mapping
        .row(rows, subject.get().id(), () -> pointer + "/id")
        .set(column, values.getOrDefault(event.eventType(), event.eventType()));
  }
}
