package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.gateway.store.AuthenticatedService;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.Parameters;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;

/** {@code GET /admin/metrics}: how many events of which kind, and how long they took. */
final class StatisticsService implements AuthenticatedService.Answer {
  private static final Duration STANDARD = Duration.ofDays(1);
  private static final Duration LONGEST = Duration.ofDays(31);

  /** Types are the senders' to choose: of so many the most frequent are shown. */
  private static final int MOST_TYPES = 100;

  private static final String TIMES =
      """
      SELECT count(*) AS events,
        avg(processing_duration_ms) AS processing_average,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY processing_duration_ms) AS processing_p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_duration_ms) AS processing_p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY processing_duration_ms) AS processing_p99,
        avg(latency_ms) AS latency_average,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS latency_p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS latency_p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY latency_ms) AS latency_p99
      FROM events WHERE %s
      """;

  @Override
  public HttpResponse to(Call call) throws SQLException {
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    Instant until = parameters.time("until").orElseGet(Instant::now);
    Instant since = parameters.time("since").orElseGet(() -> until.minus(STANDARD));
    if (!since.isBefore(until) || Duration.between(since, until).compareTo(LONGEST) > 0) {
      parameters.mistake(
          "since", "It must be before until, by at most %d days.".formatted(LONGEST.toDays()));
    }
    parameters.check();

    SqlConditions conditions =
        new SqlConditions().add("processed_at >= ?", since).add("processed_at < ?", until);
    scope.restrict(conditions, "tenant_id");
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("since", since.toString());
    json.put("until", until.toString());
    scope.tenant().ifPresent(tenant -> json.put("tenant", tenant));
    call.database()
        .inTransaction(
            connection -> {
              addTimes(connection, conditions, json);
              addCounts(connection, conditions, json);
              return null;
            });
    return JsonAnswer.ok(json);
  }

  private static void addTimes(Connection connection, SqlConditions conditions, ObjectNode json)
      throws SQLException {
    Rows.read(
        connection,
        TIMES.formatted(conditions.text()),
        conditions,
        row -> {
          json.put("events", row.getLong("events"));
          addDistribution(json.putObject("processingMillis"), row, "processing");
          addDistribution(json.putObject("latencyMillis"), row, "latency");
          return json;
        });
  }

  private static void addDistribution(ObjectNode json, ResultSet row, String column)
      throws SQLException {
    for (String figure : new String[] {"average", "p50", "p95", "p99"}) {
      Rows.putNumber(json, figure, row, column + "_" + figure);
    }
  }

  private static void addCounts(Connection connection, SqlConditions conditions, ObjectNode json)
      throws SQLException {
    ObjectNode byStatus = json.putObject("byStatus");
    Rows.read(
        connection,
        "SELECT status, count(*) FROM events WHERE %s GROUP BY status ORDER BY status"
            .formatted(conditions.text()),
        conditions,
        row -> byStatus.put(row.getString(1), row.getLong(2)));
    ArrayNode byType = json.putArray("byType");
    Rows.read(
        connection,
        """
        SELECT source, event_type, count(*) AS events,
          count(*) FILTER (WHERE status = 'DEAD_LETTER') AS failed
        FROM events WHERE %s
        GROUP BY source, event_type ORDER BY events DESC, source, event_type LIMIT %d
        """
            .formatted(conditions.text(), MOST_TYPES),
        conditions,
        row -> {
          ObjectNode type = byType.addObject();
          type.put("source", row.getString("source"));
          Rows.putText(type, "eventType", row, "event_type");
          type.put("events", row.getLong("events"));
          return type.put("failed", row.getLong("failed"));
        });
  }
}
