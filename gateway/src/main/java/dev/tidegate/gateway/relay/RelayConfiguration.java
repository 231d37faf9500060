package dev.tidegate.gateway.relay;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.util.StdConverter;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The configuration of a gateway's relay.
 *
 * @param enabled whether it runs here
 * @param tables applications' own tables of events, beside {@code outbox}
 */
public record RelayConfiguration(boolean enabled, List<Table> tables) {
  /** The outbox alone. */
  public static final RelayConfiguration STANDARD = new RelayConfiguration(true, List.of());

  public RelayConfiguration {
    tables = List.copyOf(tables);
  }

  /**
   * An application's own table of events.
   *
   * @param name what logs and metrics call it
   * @param jdbcUrl its database; the gateway's where it is left out
   * @param table its name, which may begin with a schema and a point
   * @param source of its events
   * @param tenant whose events they all are; or a column tells
   * @param tenantColumn the column that tells whose event it is
   * @param orderBy columns in whose order rows are published; where it is empty: when they were
   *     created, their version, their ID
   * @param channel what is notified when there are new rows; where it is left out, only the poll
   *     finds them
   * @param poll how often it is looked for new rows
   */
  public record Table(
      String name,
      Optional<String> jdbcUrl,
      Optional<String> username,
      Optional<Secret> password,
      String table,
      String source,
      Optional<String> tenant,
      Optional<String> tenantColumn,
      Columns columns,
      List<String> orderBy,
      Optional<String> channel,
      @JsonDeserialize(converter = DurationConverter.class) Duration poll) {
    public Table {
      orderBy = List.copyOf(orderBy);
    }

    /** Where the table is. */
    DatabaseConfiguration database(DatabaseConfiguration ofGateway, int connections) {
      return new DatabaseConfiguration(
          jdbcUrl.orElse(ofGateway.jdbcUrl()),
          username.orElse(ofGateway.username()),
          jdbcUrl.isPresent() || username.isPresent() ? password : ofGateway.password(),
          connections);
    }

    /** The columns in whose order rows are published. */
    List<String> order() {
      if (!orderBy.isEmpty()) {
        return orderBy;
      }
      List<String> order = new ArrayList<>(List.of(columns.createdAt));
      columns.ofVersion().ifPresent(order::add);
      order.add(columns.id);
      return order;
    }
  }

  /** The names of a table's columns; an empty name stands for a column that is missing. */
  public record Columns(
      String id,
      String eventType,
      String aggregateId,
      String aggregateType,
      String payload,
      String metadata,
      String processed,
      String version,
      String createdAt,
      String createdBy) {
    /** The names that applications commonly give them. */
    public static final Columns STANDARD =
        new Columns(
            "id",
            "event_type",
            "aggregate_id",
            "aggregate_type",
            "payload",
            "metadata",
            "processed",
            "version",
            "created_at",
            "created_by");

    Optional<String> ofAggregateType() {
      return named(aggregateType);
    }

    Optional<String> ofMetadata() {
      return named(metadata);
    }

    Optional<String> ofVersion() {
      return named(version);
    }

    Optional<String> ofCreatedBy() {
      return named(createdBy);
    }

    private static Optional<String> named(String column) {
      return Optional.of(column).filter(name -> !name.isEmpty());
    }
  }

  /** Reads {@code 1s}, {@code 1m30s}, and the same after {@code PT}. */
  static final class DurationConverter extends StdConverter<String, Duration> {
    @Override
    public Duration convert(String text) {
      return Duration.parse(text.startsWith("PT") ? text : "PT" + text);
    }
  }
}
