package dev.tidegate.gateway.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Microseconds;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * The order of a list, the last first unless it is {@link #ascending}, and its pages. A page begins
 * after the sort key with which the page before it ended. So every page costs the same, and new
 * rows do not shift the pages.
 *
 * <p>A cursor is base64url of the list's name and that sort key. It is no secret and proves
 * nothing: which rows a caller sees is decided by its {@link TenantScope} alone.
 *
 * <pre>{@code
 * Keyset<Replay> order =
 *     new Keyset<>("replays", row -> List.of(row.createdAt(), row.id()),
 *         "created_at timestamptz", "replay_id uuid");
 * Page<Replay> page =
 *     order.read(handle, "SELECT … FROM replays", scope.where(), request, Replay.class);
 * }</pre>
 */
public final class Keyset<T> {
  /** Between the parts of a cursor: no name holds one. */
  private static final String BREAK = "\n";

  private final String list;
  private final Function<T, List<?>> key;
  private final List<String> names;
  private final List<String> types;
  private final boolean isAscending;

  /**
   * @param list the name of the list: a cursor of another one is refused
   * @param key the sort key of a row: a value for each of {@code columns}
   * @param columns each with its type, {@code timestamptz}, {@code uuid} or {@code text}; together
   *     they are unique
   */
  public Keyset(String list, Function<T, List<?>> key, String... columns) {
    this(
        list,
        key,
        Arrays.stream(columns).map(column -> column.split(" ")[0]).toList(),
        Arrays.stream(columns).map(column -> column.split(" ")[1]).toList(),
        false);
  }

  private Keyset(
      String list,
      Function<T, List<?>> key,
      List<String> names,
      List<String> types,
      boolean isAscending) {
    this.list = list;
    this.key = key;
    this.names = names;
    this.types = types;
    this.isAscending = isAscending;
  }

  /** The same list, the first first. */
  public Keyset<T> ascending() {
    return new Keyset<>(list, key, names, types, true);
  }

  /**
   * Reads a page.
   *
   * @param select a query without conditions
   * @param where its conditions; those of the page are added
   * @throws dev.tidegate.gateway.http.ProblemException as {@link #after} does
   */
  public Page<T> read(
      Handle handle, String select, SqlConditions where, PageRequest request, Class<T> row) {
    after(where, request);
    String sql = "%s WHERE %s %s".formatted(select, where.text(), order(request));
    return page(where.bindTo(handle.createQuery(sql)).mapTo(row).list(), request);
  }

  /**
   * Adds to a query that it begins where the page before ended.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_REQUEST} where the cursor is
   *     not of this list
   */
  public void after(SqlConditions where, PageRequest request) {
    request
        .cursor()
        .ifPresent(
            cursor -> {
              String places = types.stream().map("?::"::concat).collect(Collectors.joining(", "));
              where.add(
                  "(%s) %s (%s)"
                      .formatted(String.join(", ", names), isAscending ? ">" : "<", places),
                  keyOf(cursor).toArray());
            });
  }

  /** The end of a query: the order, and one row more than the page, to know whether one follows. */
  public String order(PageRequest request) {
    String direction = isAscending ? "" : " DESC";
    return "ORDER BY %s%s LIMIT %d"
        .formatted(String.join(direction + ", ", names), direction, request.limit() + 1);
  }

  /** The page of the rows that {@link #order} let through. */
  public Page<T> page(List<T> rows, PageRequest request) {
    if (rows.size() <= request.limit()) {
      return new Page<>(rows, Optional.empty());
    }
    List<T> items = rows.subList(0, request.limit());
    return new Page<>(items, Optional.of(cursorAfter(items.get(items.size() - 1))));
  }

  private String cursorAfter(T row) {
    return cursorAt(key.apply(row));
  }

  /** The cursor of a page that begins after that sort key. */
  public String cursorAt(List<?> sortKey) {
    List<String> parts = new ArrayList<>(List.of(list));
    sortKey.forEach(value -> parts.add(value.toString()));
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(String.join(BREAK, parts).getBytes(UTF_8));
  }

  List<String> keyOf(String cursor) {
    List<String> parts = List.of();
    try {
      parts = List.of(new String(Base64.getUrlDecoder().decode(cursor), UTF_8).split(BREAK, -1));
    } catch (IllegalArgumentException notBase64) {
      // It is of no list.
    }
    boolean isOurs = parts.size() == types.size() + 1 && parts.get(0).equals(list);
    for (int i = 0; isOurs && i < types.size(); i++) {
      isOurs = isOf(types.get(i), parts.get(i + 1));
    }
    if (!isOurs) {
      throw Problem.invalid("cursor", "It must be next of a page of this list.");
    }
    return parts.subList(1, parts.size());
  }

  private static boolean isOf(String type, String value) {
    try {
      return switch (type) {
        case "timestamptz" -> Microseconds.isStorable(Instant.parse(value));
        case "uuid" -> UUID.fromString(value).toString().equals(value);
        default -> Event.isName(value);
      };
    } catch (DateTimeException | IllegalArgumentException another) {
      return false;
    }
  }
}
