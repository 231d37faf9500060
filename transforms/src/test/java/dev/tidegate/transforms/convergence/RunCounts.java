package dev.tidegate.transforms.convergence;

/** How much a run has checked. */
final class RunCounts {
  private final int tables;
  long cases;
  long notifications;
  long rejected;
  long orders;
  long batches;
  long rows;

  /**
   * @param tables how many tables are compared
   */
  RunCounts(int tables) {
    this.tables = tables;
  }

  /** All of it in one line. */
  @Override
  public String toString() {
    return ("cases: %,d, notifications: %,d (rejected: %,d), orders: %,d, batches: %,d,"
            + " rows written and compared: %,d, tables: %d")
        .formatted(cases, notifications, rejected, orders, batches, rows, tables);
  }
}
