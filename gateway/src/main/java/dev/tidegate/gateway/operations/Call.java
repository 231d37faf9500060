package dev.tidegate.gateway.operations;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.RequestId;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.Event;

/**
 * A request of someone who is known, to something that needs the database.
 *
 * @param caller who calls
 * @param context of the request
 * @param request with its whole body
 * @param database the ledger's
 */
public record Call(
    Caller caller,
    ServiceRequestContext context,
    AggregatedHttpRequest request,
    LedgerDatabase database) {
  /** The query's parameters, to be read and then checked. */
  public Parameters parameters() {
    return new Parameters(context.queryParams());
  }

  /** A part of the address, such as an ID. */
  public String pathPart(String name) {
    String part = context.pathParam(name);
    if (part == null || !Event.isName(part)) {
      throw Problem.of(ProblemType.NOT_FOUND, "No such ID was given to this tenant.").asException();
    }
    return part;
  }

  /** What the request is called. */
  public String requestId() {
    return RequestId.of(context);
  }
}
