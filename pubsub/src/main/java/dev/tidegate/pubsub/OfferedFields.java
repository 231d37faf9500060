package dev.tidegate.pubsub;

import com.google.api.FieldBehavior;
import com.google.api.FieldBehaviorProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.util.FieldMaskUtil;
import com.google.pubsub.v1.Subscription;
import java.util.Map;
import java.util.Set;

/**
 * Which settings this server obeys: all others are refused by name, those that a later version of
 * the API adds among them. {@code docs/pubsub.md} says it for people, and a test compares both.
 */
final class OfferedFields {
  private static final Map<String, Set<String>> CHANGEABLE =
      Map.of(
          "Topic",
          Set.of("labels"),
          "Subscription",
          Set.of(
              "ack_deadline_seconds",
              "retain_acked_messages",
              "message_retention_duration",
              "labels",
              "expiration_policy",
              "dead_letter_policy",
              "retry_policy"),
          "SeekRequest",
          Set.of());
  private static final Map<String, Set<String>> FIXED =
      Map.of(
          "Topic",
          Set.of("name"),
          "Subscription",
          Set.of("name", "topic", "filter", "enable_message_ordering"),
          "SeekRequest",
          Set.of("subscription", "time"));

  /** In responses only, though the API does not mark them so; requests may repeat them. */
  private static final Set<String> OUTPUT_ONLY = Set.of("satisfies_pzs");

  private OfferedFields() {}

  /**
   * Answers {@code request} without what only the server says.
   *
   * @throws io.grpc.StatusRuntimeException UNIMPLEMENTED if it asks for something else that is not
   *     offered
   */
  @SuppressWarnings("unchecked") // A message's builder builds such a message.
  static <M extends Message> M check(M request) {
    Message.Builder checked = request.toBuilder();
    request
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (isOutputOnly(field)) {
                checked.clearField(field);
              } else if (!isOffered(field) && !isPull(field, value)) {
                throw Statuses.unimplemented(nameOf(field));
              }
            });
    request
        .getUnknownFields()
        .asMap()
        .keySet()
        .forEach(
            number -> {
              throw Statuses.unimplemented(request.getDescriptorForType().getName() + "." + number);
            });
    return (M) checked.build();
  }

  /**
   * Answers {@code settings} with the fields of {@code mask} from {@code source}, checked.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if the mask is empty, or names a field
   *     that does not exist or cannot change
   */
  @SuppressWarnings("unchecked") // A message's builder builds such a message.
  static <M extends Message> M update(M settings, FieldMask mask, M source) {
    if (mask.getPathsCount() == 0) {
      throw Statuses.invalidArgument("The update_mask must name at least one field.");
    }
    for (String path : mask.getPathsList()) {
      FieldDescriptor field =
          settings.getDescriptorForType().findFieldByName(path.split("\\.", 2)[0]);
      if (field == null || FIXED.get(field.getContainingType().getName()).contains(path)) {
        throw Statuses.invalidArgument("Invalid update_mask provided: " + path + " cannot change.");
      }
    }
    Message.Builder updated = settings.toBuilder();
    FieldMaskUtil.merge(
        mask,
        source,
        updated,
        new FieldMaskUtil.MergeOptions()
            .setReplaceMessageFields(true)
            .setReplaceRepeatedFields(true)
            .setReplacePrimitiveFields(true));
    return check((M) updated.build());
  }

  private static boolean isOffered(FieldDescriptor field) {
    String type = field.getContainingType().getName();
    return FIXED.get(type).contains(field.getName())
        || CHANGEABLE.get(type).contains(field.getName());
  }

  private static boolean isOutputOnly(FieldDescriptor field) {
    return OUTPUT_ONLY.contains(field.getName())
        || field
            .getOptions()
            .getExtension(FieldBehaviorProto.fieldBehavior)
            .contains(FieldBehavior.OUTPUT_ONLY);
  }

  /** An empty push configuration means that messages are pulled. */
  private static boolean isPull(FieldDescriptor field, Object value) {
    return field.getNumber() == Subscription.PUSH_CONFIG_FIELD_NUMBER
        && value instanceof Message config
        && config.equals(config.getDefaultInstanceForType());
  }

  private static String nameOf(FieldDescriptor field) {
    return field.getContainingType().getName() + "." + field.getName();
  }
}
