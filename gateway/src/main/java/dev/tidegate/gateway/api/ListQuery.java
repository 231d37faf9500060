package dev.tidegate.gateway.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import dev.tidegate.gateway.store.PageRequest;
import java.util.Optional;

/** The parameters of a list. */
public interface ListQuery extends TenantQuery {
  /** Rows of the page. */
  Optional<Limit> limit();

  /** {@code next} of the page before. */
  Optional<Cursor> cursor();

  /** Which page is asked for. */
  default PageRequest page() {
    return new PageRequest(
        limit().map(Limit::rows).orElse(PageRequest.STANDARD_LIMIT), cursor().map(Cursor::text));
  }

  /** Where there are no others. */
  record Only(Optional<String> tenant, Optional<Limit> limit, Optional<Cursor> cursor)
      implements ListQuery {}

  /** A number of rows that a page may have. */
  record Limit(int rows) {
    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Limit of(String text) {
      if (!text.matches("[1-9][0-9]?|100")) {
        throw new IllegalArgumentException(
            "It must be a whole number from 1 to %d.".formatted(PageRequest.MOST_LIMIT));
      }
      return new Limit(Integer.parseInt(text));
    }
  }

  /** The place of a page in its list; only the list knows what it holds. */
  record Cursor(String text) {
    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Cursor of(String text) {
      return new Cursor(text);
    }
  }
}
