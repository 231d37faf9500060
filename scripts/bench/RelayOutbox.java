import java.util.List;

/** An outbox with its relay, as one of the contestants does it. */
interface RelayOutbox extends AutoCloseable {
  /** A row of about 1 KB. Rows of an aggregate are written in the order of their numbers. */
  record Row(long number, int aggregate) {
    private static final String FILLER = "a word of the body ".repeat(50);
    private static final String HEAD = "{\"row\":";

    String key() {
      return "order-" + aggregate;
    }

    String body() {
      return HEAD + number + ",\"aggregate\":\"" + key() + "\",\"text\":\"" + FILLER + "\"}";
    }

    /** The number of the row with that body. */
    static long numberIn(String body) {
      return Long.parseLong(body.substring(HEAD.length(), body.indexOf(',')));
    }
  }

  /**
   * Writes {@code rows} in one transaction. Returns once it is committed. Safe for several threads.
   */
  void write(List<Row> rows) throws Exception;

  /** Begins to relay. */
  void start() throws Exception;

  /** Relays no more, until it is started again. */
  void stop() throws Exception;

  /** How long after rows were written a relay that starts later may take them up. */
  default long millisUntilDue() {
    return 0;
  }
}
