package dev.tidegate.transforms.convergence;

import java.util.ArrayList;
import java.util.List;

/**
 * Notifications in no order.
 *
 * @param notifications any number but none
 */
record SampleSet(List<SampleNotification> notifications) {
  /** The notifications as they are sent, named {@code #1}, {@code #2} …. */
  List<Message> messages() {
    List<Message> messages = new ArrayList<>();
    for (SampleNotification notification : notifications) {
      messages.add(new Message("#" + (messages.size() + 1), NotificationJson.of(notification)));
    }
    return messages;
  }

  /** A line for each notification. */
  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < notifications.size(); i++) {
      lines.append("%n#%d %s".formatted(i + 1, notifications.get(i)));
    }
    return lines.toString();
  }
}
