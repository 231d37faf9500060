package dev.tidegate.gateway.store;

import java.util.Optional;

/**
 * Which page of a list is asked for.
 *
 * @param limit rows of the page
 * @param cursor {@link Page#next} of the page before; empty for the first page
 */
public record PageRequest(int limit, Optional<String> cursor) {
  /** The rows of a page where nothing is said. */
  public static final int STANDARD_LIMIT = 20;

  /** The most rows of a page. */
  public static final int MOST_LIMIT = 100;
}
