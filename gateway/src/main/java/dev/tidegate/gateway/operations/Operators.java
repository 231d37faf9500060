package dev.tidegate.gateway.operations;

import com.linecorp.armeria.server.HttpService;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.operations.AuthenticatedService.Answer;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.Event;
import java.util.Optional;

/** Lets operators through, and writes down which actions were refused to whom. */
final class Operators {
  private final Authenticator authenticator;
  private final Optional<LedgerDatabase> database;

  Operators(Authenticator authenticator, Optional<LedgerDatabase> database) {
    this.authenticator = authenticator;
    this.database = database;
  }

  /** For what only looks. */
  HttpService mayRead(Answer answer) {
    return new AuthenticatedService(
        authenticator,
        database,
        call -> {
          requireOperator(call);
          return answer.to(call);
        });
  }

  /**
   * For what changes something.
   *
   * @param target the part of the address that names what is acted on; empty where none does
   */
  HttpService mayAct(AuditAction action, Optional<String> target, Answer answer) {
    return new AuthenticatedService(
        authenticator,
        database,
        call -> {
          try {
            requireOperator(call);
            return answer.to(call);
          } catch (ProblemException problem) {
            if (problem.problem().type() == ProblemType.FORBIDDEN) {
              AuditTrail.refused(
                  call, action, target.map(call.context()::pathParam).filter(Event::isName));
            }
            throw problem;
          }
        });
  }

  private static void requireOperator(Call call) {
    if (!call.caller().isOperator()) {
      throw Problem.of(ProblemType.FORBIDDEN, "This takes the role of an operator.").asException();
    }
  }
}
