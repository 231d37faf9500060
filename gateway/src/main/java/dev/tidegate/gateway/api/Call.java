package dev.tidegate.gateway.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.RequestId;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.AuditRecord;
import dev.tidegate.gateway.store.AuditRecord.Outcome;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TenantScope;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;

/**
 * A request of someone who is known, to something that needs the database.
 *
 * @param caller who calls
 * @param context of the request
 * @param database the ledger's
 */
public record Call(Caller caller, ServiceRequestContext context, LedgerDatabase database) {
  /** The ID that {@code text} is; empty if it is not an ID: then nobody has such a thing. */
  public static Optional<UUID> idOf(String text) {
    try {
      return Optional.of(UUID.fromString(text));
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }

  /** Whose things it may see and handle. */
  public TenantScope scope(TenantQuery query) {
    return TenantScope.of(caller, query.tenant());
  }

  /** Does {@code work} in one transaction, when it is the turn of the caller's tenant. */
  public <T> CompletableFuture<T> inTransaction(HandleCallback<T, SQLException> work) {
    CompletableFuture<T> result =
        database.submit(caller.tenant(), context.blockingTaskExecutor(), work);
    context.whenRequestCancelling().thenAccept(result::completeExceptionally);
    return result;
  }

  /**
   * Writes down that the caller did something, in the transaction in which it is done.
   *
   * @param tenant whose thing it was; {@link TenantScope#SEVERAL} for several tenants'
   * @param target as the API names it
   * @param details what else matters, as a record; never a payload
   */
  public void audit(
      Handle handle, AuditAction action, String tenant, String target, Object details) {
    AuditRecord.write(
        handle, request(), action, tenant, Optional.of(target), Outcome.DONE, Api.text(details));
  }

  /** Who asks, in which request. */
  AuditRecord.Request request() {
    return new AuditRecord.Request(caller, RequestId.made(context), RequestId.chosen(context));
  }
}
