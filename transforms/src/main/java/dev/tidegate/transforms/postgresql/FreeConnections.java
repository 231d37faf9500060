package dev.tidegate.transforms.postgresql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * How many connections a database has for a job: those of the job itself, or of the one that it
 * replaces, count as free.
 *
 * @param count the smallest of what server, database and role allow
 * @param reason which of them that is, and what it is made of
 */
public record FreeConnections(long count, String reason) {
  /**
   * A limit of -1 is none; superusers have none but the server's. Sessions of other roles are seen
   * by anybody, but for what they do.
   */
  private static final String LIMITS =
      """
      WITH others AS (
        SELECT datid, usesysid FROM pg_stat_activity
        WHERE datid IS NOT NULL AND usesysid IS NOT NULL AND pid <> pg_backend_pid()
          AND application_name <> '%s'),
      limits AS (
        SELECT 'max_connections ' || current_setting('max_connections')
            || ' without the reserved ones' AS name,
          current_setting('max_connections')::integer
            - current_setting('superuser_reserved_connections')::integer
            - coalesce(current_setting('reserved_connections', true)::integer, 0) AS most,
          (SELECT count(*) FROM others) AS taken
        UNION ALL
        SELECT 'the database''s limit ' || datconnlimit, datconnlimit,
          (SELECT count(*) FROM others WHERE datid = d.oid)
        FROM pg_database d, pg_roles r
        WHERE datname = current_database() AND rolname = current_user AND NOT rolsuper
          AND datconnlimit >= 0
        UNION ALL
        SELECT 'the role''s limit ' || rolconnlimit, rolconnlimit,
          (SELECT count(*) FROM others WHERE usesysid = r.oid)
        FROM pg_roles r
        WHERE rolname = current_user AND NOT rolsuper AND rolconnlimit >= 0)
      SELECT most - taken, name || ', ' || taken || ' in use by others'
      FROM limits ORDER BY 1 LIMIT 1
      """
          .formatted(ConnectionPool.APPLICATION_NAME);

  /** Asks the database that {@code connection} leads to, for its user. */
  public static FreeConnections of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(LIMITS)) {
      row.next();
      return new FreeConnections(Math.max(0, row.getLong(1)), row.getString(2));
    }
  }
}
