package dev.tidegate.schemas;

import java.util.Set;

/** Names that no table of a source, or column of it, can have. */
public final class ReservedNames {
  /** What PostgreSQL takes for a word of its own wherever a name may stand. */
  private static final Set<String> WORDS =
      Set.of(
          ("all analyse analyze and any array as asc asymmetric both case cast check collate column"
                  + " constraint create current_catalog current_date current_role current_time"
                  + " current_timestamp current_user default deferrable desc distinct do else end"
                  + " except false fetch for foreign from grant group having in initially intersect"
                  + " into lateral leading limit localtime localtimestamp not null offset on only or"
                  + " order placing primary references returning select session_user some symmetric"
                  + " system_user table then to trailing true union unique user using variadic when"
                  + " where window with authorization binary collation concurrently cross"
                  + " current_schema freeze full ilike inner is isnull join left like natural notnull"
                  + " outer overlaps right similar tablesample verbose")
              .split(" "));

  /** The columns that every table of PostgreSQL has. */
  private static final Set<String> SYSTEM_COLUMNS =
      Set.of("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid");

  /** The ledger, and what stands beside it. Sources must not write there. */
  private static final Set<String> SYSTEM_TABLES =
      Set.of(
          "events",
          "event_payloads",
          "event_dead_letters",
          "replays",
          "issues",
          "issue_hours",
          "event_attempts",
          "event_rollups",
          "event_rollups_hourly",
          "dry_runs",
          "console_codes",
          "audit_records",
          "effects",
          "effects_horizon",
          "outbox",
          "tasks",
          "notices",
          "saga_instances",
          "saga_events",
          "saga_deadlines",
          "flyway_schema_history",
          "container_milestones",
          "container_statuses",
          "container_statuses_stale",
          "container_status_rule",
          "container_statuses_now",
          "container_timeline",
          "containers_current",
          "containers_updated",
          "containers_with_latest_event",
          "container_deadlines",
          "active_shipments_summary",
          "webhook_deliveries",
          "webhook_processing_stats",
          "unlinked_containers",
          "tasks_open",
          "sagas_waiting",
          "effects_by_kind",
          "relay_lag");

  private ReservedNames() {}

  /** The ledger, and what stands beside it: tables and views. */
  public static Set<String> ofSystem() {
    return SYSTEM_TABLES;
  }

  /** Whether a table can have that name. */
  public static boolean allowTable(String name) {
    return isAllowed(() -> requireTable(name));
  }

  /** Whether a column can have that name. */
  public static boolean allowColumn(String name) {
    return isAllowed(() -> requireColumn(name));
  }

  private static boolean isAllowed(Runnable rule) {
    try {
      rule.run();
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  /**
   * @throws IllegalArgumentException where a table cannot have that name
   */
  static void requireTable(String name) {
    requirePlain(name);
    if (SYSTEM_TABLES.contains(name)
        || name.startsWith("event_payloads")
        || name.startsWith("pg_")) {
      throw new IllegalArgumentException(
          "the table %s belongs to Tidegate or to PostgreSQL; give yours another name"
              .formatted(name));
    }
  }

  /**
   * @throws IllegalArgumentException where a column cannot have that name
   */
  static void requireColumn(String name) {
    requirePlain(name);
    if (SYSTEM_COLUMNS.contains(name)) {
      throw new IllegalArgumentException(
          "every table of PostgreSQL has a column %s of its own; give yours another name"
              .formatted(name));
    }
  }

  private static void requirePlain(String name) {
    if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException("not a plain SQL name: " + name);
    }
    if (WORDS.contains(name)) {
      throw new IllegalArgumentException(
          "%s is a reserved word of SQL; %s_ is none".formatted(name, name));
    }
  }
}
