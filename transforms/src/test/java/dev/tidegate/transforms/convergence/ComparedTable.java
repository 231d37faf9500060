package dev.tidegate.transforms.convergence;

import static java.util.stream.Collectors.joining;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Table;
import java.util.List;

/**
 * A table whose rows must converge.
 *
 * @param name its name
 * @param key the columns that identify a row of one tenant
 * @param row an SQL expression: of the row {@code r}, as {@code jsonb}, what must converge
 */
public record ComparedTable(String name, List<String> key, String row) {
  /**
   * The ledger as far as it describes notifications and not how they came: times, durations and the
   * number of attempts are those of deliveries.
   */
  public static final ComparedTable LEDGER =
      new ComparedTable(
          "events",
          List.of("source", "notification_id"),
          """
          jsonb_build_object(
            'event_type', r.event_type, 'subject', r.subject, 'status', r.status,
            'version', r.version, 'payload', (
              SELECT encode(payload_body(p.payload), 'hex')
              FROM event_payloads p
              WHERE p.tenant_id = r.tenant_id AND p.source = r.source
                AND p.notification_id = r.notification_id
                AND p.stored_on = r.payload_stored_on))\
          """);

  /** All of {@code table}, versions included, but for the tenant and the time of the writing. */
  public static ComparedTable of(Table table) {
    return new ComparedTable(
        table.name(),
        table.key().stream().map(Column::name).filter(c -> !c.equals(Table.TENANT_ID)).toList(),
        "to_jsonb(r) - '%s' - '%s' - '%s'"
            .formatted(Table.TENANT_ID, Table.UPDATED_AT, Table.UPDATED_XID));
  }

  /** Of each tenant in the array that is its parameter: the number of its rows, and their hash. */
  String digestSql() {
    return """
    SELECT r.tenant_id, '%s', count(*), md5(string_agg((%s)::text, E'\\n' ORDER BY %s))
    FROM %s r WHERE r.tenant_id = ANY (?) GROUP BY r.tenant_id
    """
        .formatted(name, row, keyTexts(), name);
  }

  /** Of the tenant that is its parameter: each row's key, and each of its columns as text. */
  String columnsSql() {
    return """
    SELECT concat_ws(' ', %s), c.key, c.value::text
    FROM %s r, jsonb_each(%s) c WHERE r.tenant_id = ?
    """
        .formatted(keyTexts(), name, row);
  }

  private String keyTexts() {
    return key.stream().map("r.%s::text COLLATE \"C\""::formatted).collect(joining(", "));
  }
}
