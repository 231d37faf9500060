package dev.tidegate.gateway.publish;

/** What came of handing a message to Pub/Sub. */
sealed interface Delivery {
  /**
   * It has the message.
   *
   * @param messageId the ID it gave it
   */
  record Confirmed(String messageId) implements Delivery {}

  /**
   * It will never take this message.
   *
   * @param code the gRPC status
   */
  record Refused(String code) implements Delivery {}

  /**
   * It cannot be reached, or takes nothing now. It may have the message all the same.
   *
   * @param code the gRPC status
   */
  record Away(String code) implements Delivery {}
}
