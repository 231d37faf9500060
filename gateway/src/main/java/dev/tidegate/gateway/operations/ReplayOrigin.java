package dev.tidegate.gateway.operations;

import dev.tidegate.gateway.operations.ReplayFilter.LetterStatus;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Where a replay reads the events' bodies. */
enum ReplayOrigin {
  /** The letters of events that failed for good. */
  DEAD_LETTERS(
      "event_dead_letters",
      StoredDeadLetter.COLUMNS + ", content_sha256, stage",
      List.of("tenant_id", "source", "notification_id", "content_sha256", "stage"),
      "failed_at") {
    /** A letter that was there when the replay began stays part of it, should it fail again. */
    @Override
    void restrict(SqlConditions conditions, ReplayFilter filter, Instant asked) {
      super.restrict(conditions, filter, asked);
      conditions
          .add("status = ?", filter.letterStatus().orElse(LetterStatus.OPEN).name())
          .add("(failed_at <= ? OR published_at <= ?)", asked, asked)
          .addOneOf("error_class", filter.errorClasses())
          .addOneOf("fingerprint", filter.fingerprints());
    }

    @Override
    RawEvent eventOf(ResultSet row) throws SQLException {
      return StoredDeadLetter.eventOf(row);
    }
  },

  /** The bodies that the ledger keeps of processed and unhandled events. */
  LEDGER(
      """
      (SELECT e.tenant_id, e.source, e.notification_id, e.event_type, e.version, e.published_at,
         e.received_at, e.processed_at, e.attributes, p.payload
       FROM events e
       JOIN event_payloads p
         ON p.tenant_id = e.tenant_id AND p.source = e.source
         AND p.notification_id = e.notification_id AND p.stored_on = e.payload_stored_on) kept""",
      "tenant_id, source, notification_id, event_type, version, published_at, attributes, payload",
      List.of("tenant_id", "source", "notification_id"),
      "received_at") {
    @Override
    void restrict(SqlConditions conditions, ReplayFilter filter, Instant asked) {
      super.restrict(conditions, filter, asked);
      conditions.add("received_at <= ?", asked);
    }

    @Override
    RawEvent eventOf(ResultSet row) throws SQLException {
      return LedgerPayload.eventOf(row);
    }
  };

  private final String table;
  private final String columns;
  private final List<String> key;
  private final String time;

  ReplayOrigin(String table, String columns, List<String> key, String time) {
    this.table = table;
    this.columns = columns;
    this.key = key;
    this.time = time;
  }

  /** What the API calls it. */
  String written() {
    return name().toLowerCase(Locale.ROOT);
  }

  String table() {
    return table;
  }

  /** What a query must select for {@link #eventOf}, with all of {@link #key} among it. */
  String columns() {
    return columns;
  }

  /** The order of a replay: it never changes, whatever happens to a row. */
  List<String> key() {
    return key;
  }

  /**
   * Restricts a query to what {@code filter} lets through.
   *
   * @param asked when the replay was asked for: what comes later is not part of it, or it might
   *     never end
   */
  void restrict(SqlConditions conditions, ReplayFilter filter, Instant asked) {
    conditions
        .addOneOf("tenant_id", filter.tenants())
        .addOneOf("source", filter.sources())
        .addOneOf("event_type", filter.eventTypes())
        .addOneOf("notification_id", filter.notificationIds());
    filter.since().ifPresent(since -> conditions.add(time + " >= ?", since));
    filter.until().ifPresent(until -> conditions.add(time + " < ?", until));
  }

  /** The event of a row, ready to be stamped. */
  abstract RawEvent eventOf(ResultSet row) throws SQLException;
}
