package dev.tidegate.transforms.replay;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The GoogleSQL query that chooses events of BigQuery's {@code raw_events}.
 *
 * <p>There is always a condition on {@code received_at}, the partitions' column: a table may demand
 * one, and a query with bounds reads no other days. Every column comes as text, so that reading
 * does not depend on how BigQuery exports its types.
 */
final class ArchiveQuery {
  private static final Pattern DATASET =
      Pattern.compile("(?:([A-Za-z0-9][A-Za-z0-9.:-]*?)[.:])?([A-Za-z0-9_]{1,1024})");

  /** Before all that can be stored: a bound that leaves nothing out. */
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final List<String> TEXTS =
      List.of(
          "notification_id", "tenant_id", "source", "event_type", "payload_sha256", "message_id");

  private ArchiveQuery() {}

  /** Whether {@code dataset} is {@code DATASET}, {@code PROJECT.DATASET} or with a colon. */
  static boolean isDataset(String dataset) {
    return DATASET.matcher(dataset).matches();
  }

  /**
   * The query's text.
   *
   * @param dataset the archive's, see {@link #isDataset}
   */
  static String of(String dataset, ReplayFilter filter) {
    List<String> columns = new ArrayList<>(TEXTS);
    columns.add("TO_BASE64(body) AS body");
    columns.add("IF(payload IS NULL, NULL, TO_JSON_STRING(payload)) AS payload");
    columns.add("TO_JSON_STRING(attributes) AS attributes");
    columns.add("FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', publish_time, 'UTC') AS publish_time");
    return "SELECT %s FROM %s WHERE %s"
        .formatted(
            String.join(", ", columns),
            tableIn(dataset),
            String.join(" AND ", conditionsOf(filter)));
  }

  private static String tableIn(String dataset) {
    Matcher name = DATASET.matcher(dataset);
    if (!name.matches()) {
      throw new IllegalArgumentException("not a dataset: " + dataset);
    }
    @Nullable String project = name.group(1);
    return "`%s%s.raw_events`".formatted(project == null ? "" : project + ".", name.group(2));
  }

  private static List<String> conditionsOf(ReplayFilter filter) {
    List<String> conditions = new ArrayList<>();
    @Nullable Instant from = filter.received().from();
    @Nullable Instant to = filter.received().to();
    conditions.add("received_at >= " + timestamp(from == null ? EARLIEST : from));
    if (to != null) {
      conditions.add("received_at < " + timestamp(to));
    }
    addOneOf(conditions, "tenant_id", filter.tenants());
    addOneOf(conditions, "source", filter.sources());
    addOneOf(conditions, "event_type", filter.eventTypes());
    addOneOf(conditions, "notification_id", filter.notificationIds());
    return conditions;
  }

  private static void addOneOf(List<String> conditions, String column, Collection<String> values) {
    if (!values.isEmpty()) {
      conditions.add(
          values.stream()
              .sorted()
              .map(ArchiveQuery::literal)
              .collect(Collectors.joining(", ", column + " IN (", ")")));
    }
  }

  private static String timestamp(Instant time) {
    return "TIMESTAMP " + literal(time.toString());
  }

  /** A string literal: whatever is more than a letter, a digit or a harmless sign is escaped. */
  static String literal(String value) {
    StringBuilder literal = new StringBuilder("'");
    value
        .codePoints()
        .forEach(
            c -> {
              if (c < 0x80 && (Character.isLetterOrDigit(c) || "-_.:,/ ".indexOf(c) >= 0)) {
                literal.appendCodePoint(c);
              } else {
                literal.append("\\U%08x".formatted(c));
              }
            });
    return literal.append('\'').toString();
  }
}
