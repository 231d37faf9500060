package dev.tidegate.pubsub;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.util.FieldMaskUtil;
import java.util.Set;

/** Applies an update's field mask, as far as the named fields may be changed here. */
final class SettingsUpdate {
  private SettingsUpdate() {}

  /**
   * Copies the fields of {@code mask} from {@code source} to {@code target}.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if the mask is empty, or names a field
   *     that is not in {@code changeable}
   */
  static void apply(
      FieldMask mask, Message source, Message.Builder target, Set<String> changeable) {
    if (mask.getPathsCount() == 0) {
      throw Statuses.invalidArgument("The update_mask must name at least one field.");
    }
    for (String path : mask.getPathsList()) {
      if (!changeable.contains(path)) {
        throw Statuses.invalidArgument("Invalid update_mask provided: " + path + " cannot change.");
      }
    }
    FieldMaskUtil.merge(
        mask,
        source,
        target,
        new FieldMaskUtil.MergeOptions()
            .setReplaceMessageFields(true)
            .setReplaceRepeatedFields(true)
            .setReplacePrimitiveFields(true));
  }
}
