package dev.tidegate.pubsub;

import java.util.Collection;
import java.util.List;

/**
 * One page of a list of names, in their order; the token of a page is the last name before it.
 *
 * @param names the page's names
 * @param nextToken where the next page begins, empty after the last
 */
record NamePage(List<String> names, String nextToken) {
  private static final int DEFAULT_SIZE = 100;
  private static final int LARGEST_SIZE = 1000;

  /**
   * The names that begin with {@code prefix}, after {@code token}.
   *
   * @param size the most names; 0 for a default
   */
  static NamePage of(Collection<String> all, String prefix, int size, String token) {
    if (size < 0) {
      throw Statuses.invalidArgument("page_size must not be negative.");
    }
    int limit = size == 0 ? DEFAULT_SIZE : Math.min(size, LARGEST_SIZE);
    List<String> rest =
        all.stream()
            .filter(name -> name.startsWith(prefix) && name.compareTo(token) > 0)
            .sorted()
            .toList();
    return rest.size() <= limit
        ? new NamePage(rest, "")
        : new NamePage(rest.subList(0, limit), rest.get(limit - 1));
  }
}
