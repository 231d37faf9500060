package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.schemas.StorableText;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Who did what.
 *
 * @param tenant whose things were acted on; empty where several tenants' were
 * @param actor a user, or an API key by its ID
 * @param target as the API names it
 * @param requestId what the gateway calls the request
 * @param clientRequestId what the caller calls it
 */
public record AuditRecord(
    Instant recordedAt,
    @JsonIgnore UUID auditId,
    Optional<String> tenant,
    Optional<String> actor,
    String actorTenant,
    AuditAction action,
    Optional<String> target,
    Outcome outcome,
    String requestId,
    Optional<String> clientRequestId,
    RawJson details) {
  /** Whether it was done, or refused because a right is missing. */
  public enum Outcome {
    DONE,
    REFUSED
  }

  /**
   * Who asks, for what, and in which request.
   *
   * @param requestId what the gateway calls the request
   * @param clientRequestId what the caller calls it
   */
  public record Request(Caller caller, String requestId, Optional<String> clientRequestId) {}

  /** Which records a list has. */
  public record Filter(
      Optional<AuditAction> action,
      Optional<String> actor,
      Optional<Instant> since,
      Optional<Instant> until) {}

  private static final String SELECT =
      """
      SELECT recorded_at, audit_id, nullif(tenant_id, '') AS tenant, actor,
        actor_tenant_id AS actor_tenant, action, target, outcome, request_id, client_request_id,
        details
      FROM audit_records
      """;

  private static final Keyset<AuditRecord> ORDER =
      new Keyset<>(
          "audit",
          row -> List.of(row.recordedAt, row.auditId),
          "recorded_at timestamptz",
          "audit_id uuid");

  /** A page of the records of {@code scope}, the last first. */
  public static Page<AuditRecord> list(
      Handle handle, TenantScope scope, Filter filter, PageRequest page) {
    SqlConditions where =
        scope
            .where()
            .add("action = ?", filter.action())
            .add("actor = ?", filter.actor())
            .add("recorded_at >= ?", filter.since())
            .add("recorded_at < ?", filter.until());
    return ORDER.read(handle, SELECT, where, page, AuditRecord.class);
  }

  /**
   * Writes down what {@code request}'s caller did, in the transaction in which it is done: neither
   * is without the other.
   *
   * @param tenant whose thing it was; {@link TenantScope#SEVERAL} for several tenants'
   * @param details what else matters, as a JSON object; never a payload
   */
  public static void write(
      Handle handle,
      Request request,
      AuditAction action,
      String tenant,
      Optional<String> target,
      Outcome outcome,
      String details) {
    handle
        .createUpdate(
            """
            INSERT INTO audit_records (tenant_id, actor, actor_tenant_id, action, target, outcome,
              request_id, client_request_id, details)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)
            """)
        .bind(0, tenant)
        .bind(1, request.caller().subject().map(StorableText::of))
        .bind(2, request.caller().tenant())
        .bind(3, action)
        .bind(4, target)
        .bind(5, outcome)
        .bind(6, request.requestId())
        .bind(7, request.clientRequestId())
        .bind(8, details)
        .execute();
  }
}
