package dev.tidegate.transforms.convergence;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * One way in which messages may reach the tables.
 *
 * @param batches what is written together, one batch after the other
 */
record DeliveryOrder(List<List<Message>> batches) {
  /** Sets so small that their orders cost little are tried in more of them. */
  private static final int DELIVERIES_WORTH_TRYING = 12;

  /** Each message once, by itself, in the order given. */
  static DeliveryOrder oneByOne(List<Message> messages) {
    return new DeliveryOrder(messages.stream().map(List::of).toList());
  }

  /** All messages in any order, some of them up to three times, in batches of any size. */
  static DeliveryOrder random(List<Message> messages, Random random) {
    List<Message> deliveries = new ArrayList<>(messages);
    for (Message message : messages) {
      for (int repeats = random.nextInt(8) - 5; repeats > 0; repeats--) {
        deliveries.add(message);
      }
    }
    Collections.shuffle(deliveries, random);
    List<List<Message>> batches = new ArrayList<>();
    for (int from = 0; from < deliveries.size(); ) {
      int to = from + 1 + random.nextInt(deliveries.size() - from);
      batches.add(List.copyOf(deliveries.subList(from, to)));
      from = to;
    }
    return new DeliveryOrder(batches);
  }

  /**
   * At least two random orders. They depend on nothing but {@code messages}, so that a set that
   * fails fails again; and the fewer there are the more orders, so that a set that fails still
   * fails when it has been shrunk.
   */
  static List<DeliveryOrder> several(List<Message> messages) {
    Random random = new Random(messages.hashCode());
    List<DeliveryOrder> orders = new ArrayList<>();
    do {
      orders.add(random(messages, random));
    } while (orders.size() < Math.max(2, DELIVERIES_WORTH_TRYING / messages.size()));
    return orders;
  }

  /** The messages' names, a pair of brackets for each batch. */
  @Override
  public String toString() {
    return batches.stream()
        .map(batch -> batch.stream().map(Message::name).collect(joining(" ", "[", "]")))
        .collect(joining(" "));
  }
}
