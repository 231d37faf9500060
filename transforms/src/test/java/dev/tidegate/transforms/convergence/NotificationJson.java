package dev.tidegate.transforms.convergence;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.convergence.ResourceKind.Attribute;
import dev.tidegate.transforms.convergence.ResourceKind.Relation;
import java.util.List;

/** Renders sample notifications in Terminal49's shape. */
final class NotificationJson {
  private NotificationJson() {}

  /** The body of {@code notification}. */
  static String of(SampleNotification notification) {
    ObjectNode root = Json.mapper().createObjectNode();
    ObjectNode data = root.putObject("data");
    if (notification.oddity() != Oddity.ID_MISSING) {
      data.put("id", notification.id());
    }
    data.put("type", "webhook_notification");
    ObjectNode attributes =
        data.putObject("attributes")
            .put("event", notification.eventType())
            .put("delivery_status", "pending");
    if (notification.createdAt() != CreatedAt.MISSING) {
      attributes.put("created_at", notification.createdAt().text());
    }
    putReference(data.putObject("relationships"), notification);
    putIncluded(root, notification);
    String body = Json.write(root);
    return notification.oddity() == Oddity.BODY_CUT_OFF
        ? body.substring(0, body.length() - 1)
        : body;
  }

  private static void putReference(ObjectNode relationships, SampleNotification notification) {
    relationships.putObject("webhook_notification_logs").putArray("data");
    String type = notification.about().type();
    String id = notification.about().id(notification.number());
    switch (notification.oddity()) {
      case REFERENCE_MISSING -> {}
      case REFERENCE_NULL -> relationships.putObject("reference_object").putNull("data");
      case REFERENCE_TO_WRONG_TYPE -> putTarget(relationships, "reference_object", "webhook", id);
      case REFERENCE_CALLED_DOCUMENT -> putTarget(relationships, "document", type, id);
      case REFERENCE_A_LIST -> relationships.putObject("reference_object").putArray("data").add(id);
      default -> putTarget(relationships, "reference_object", type, id);
    }
  }

  private static void putIncluded(ObjectNode root, SampleNotification notification) {
    switch (notification.oddity()) {
      case INCLUDED_MISSING -> {}
      case INCLUDED_NULL -> root.putNull("included");
      default -> {
        ArrayNode included = root.putArray("included");
        notification.included().forEach(resource -> putResource(included.addObject(), resource));
      }
    }
  }

  private static void putResource(ObjectNode node, SampleResource resource) {
    ResourceKind kind = resource.kind();
    node.put("id", kind.id(resource.number())).put("type", kind.type());
    ObjectNode attributes = node.putObject("attributes");
    for (int i = 0; i < kind.groups().size(); i++) {
      putGroup(attributes, kind.groups().get(i).attributes(), resource.said().get(i));
    }
    ObjectNode relationships = node.putObject("relationships");
    for (int i = 0; i < kind.relations().size(); i++) {
      putLink(relationships, kind.relations().get(i), resource.links().get(i));
    }
  }

  private static void putGroup(ObjectNode node, List<Attribute> group, Said said) {
    switch (said) {
      case NOTHING -> {}
      case NULLS -> group.forEach(attribute -> node.putNull(attribute.name()));
      case NONSENSE -> group.forEach(attribute -> node.put(attribute.name(), "soon\u0000"));
      case PARTS -> putValues(node, group.subList(0, 1), 1);
      case FIRST_VALUES -> putValues(node, group, 1);
      case SECOND_VALUES -> putValues(node, group, 2);
      case THIRD_VALUES -> putValues(node, group, 3);
    }
  }

  private static void putValues(ObjectNode node, List<Attribute> attributes, int which) {
    attributes.forEach(
        attribute -> node.set(attribute.name(), attribute.type().value(attribute.name(), which)));
  }

  private static void putLink(ObjectNode relationships, Relation relation, Link link) {
    String name = relation.name();
    switch (link) {
      case NOT_MENTIONED -> {}
      case TO_FIRST -> putTarget(relationships, relation, 1);
      case TO_SECOND -> putTarget(relationships, relation, 2);
      case TO_NOTHING -> relationships.putObject(name).putNull("data");
      case TO_STRANGER -> putTarget(relationships, name, relation.targetType(1), "stranger");
      case TO_WRONG_TYPE -> putTarget(relationships, name, "webhook", "w-1");
    }
  }

  private static void putTarget(ObjectNode relationships, Relation relation, int number) {
    String type = relation.targetType(number);
    String id = relation.targetId(number);
    if (relation.toMany()) {
      putIdentity(relationships.putObject(relation.name()).putArray("data").addObject(), type, id);
    } else {
      putTarget(relationships, relation.name(), type, id);
    }
  }

  private static void putTarget(ObjectNode relationships, String name, String type, String id) {
    putIdentity(relationships.putObject(name).putObject("data"), type, id);
  }

  private static void putIdentity(ObjectNode node, String type, String id) {
    node.put("id", id).put("type", type);
  }
}
