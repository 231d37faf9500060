package dev.tidegate.gateway.operations;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Finds out who calls, reads the request, and answers on a thread that may wait. */
public final class AuthenticatedService implements HttpService {
  /** What answers. */
  @FunctionalInterface
  public interface Answer {
    HttpResponse to(Call call) throws SQLException;
  }

  private final Authenticator authenticator;
  private final Optional<LedgerDatabase> database;
  private final Answer answer;

  /**
   * @param database without one, everybody who is known is answered 503
   */
  public AuthenticatedService(
      Authenticator authenticator, Optional<LedgerDatabase> database, Answer answer) {
    this.authenticator = authenticator;
    this.database = database;
    this.answer = answer;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    CompletionStage<HttpResponse> response =
        authenticator
            .authenticate(request.headers())
            .thenCompose(caller -> answer(context, request, caller));
    return HttpResponse.of(response);
  }

  private CompletionStage<HttpResponse> answer(
      ServiceRequestContext context, HttpRequest request, Caller caller) {
    LedgerDatabase ledger =
        database.orElseThrow(
            () ->
                Problem.of(
                        ProblemType.UNAVAILABLE,
                        "This gateway was started without a database, which this needs.")
                    .asException());
    return request
        .aggregate()
        .thenApplyAsync(
            whole -> {
              try {
                return answer.to(new Call(caller, context, whole, ledger));
              } catch (SQLException failure) {
                throw new CompletionException(failure);
              }
            },
            context.blockingTaskExecutor());
  }
}
