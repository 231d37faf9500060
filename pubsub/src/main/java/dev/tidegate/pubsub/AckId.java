package dev.tidegate.pubsub;

/**
 * What a client acknowledges: one delivery of one message, written {@code MESSAGE-ATTEMPT}.
 *
 * <p>It holds everything needed to find the message again, so an acknowledgement sent over another
 * connection, or after a restart of the server, still counts. Attempts begin at 1 again after a
 * restart, so a nack of that age may return a message early, which at-least-once delivery allows.
 */
record AckId(long messageId, int attempt) {

  /**
   * Parses what {@link #toString} wrote.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if it is anything else
   */
  static AckId parse(String text) {
    int dash = text.indexOf('-');
    try {
      AckId parsed =
          new AckId(
              Long.parseLong(text, 0, Math.max(dash, 0), 10),
              Integer.parseInt(text, dash + 1, text.length(), 10));
      if (parsed.messageId > 0 && parsed.attempt > 0) {
        return parsed;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one error for everything that is not an ack ID.
    }
    throw Statuses.invalidArgument("You have passed an invalid ack ID to the service.");
  }

  @Override
  public String toString() {
    return messageId + "-" + attempt;
  }
}
