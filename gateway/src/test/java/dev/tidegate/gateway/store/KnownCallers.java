package dev.tidegate.gateway.store;

import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.auth.Credentials;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Believes the header {@code caller}: tenant, subject and role with slashes between them. */
public final class KnownCallers implements Credentials {
  public static final String HEADER = "caller";
  public static final String A_USER = "a/ann";
  public static final String A_VIEWER = "a/vera/VIEWER";
  public static final String A_OPERATOR = "a/olga/OPERATOR";
  public static final String A_WORKER = "a/wanda/WORKER";
  public static final String B_WORKER = "b/willi/WORKER";
  public static final String B_OPERATOR = "b/otto/OPERATOR";
  public static final String PLATFORM = "house/paul/PLATFORM_OPERATOR";

  /** Of tenant a, and nobody's user. */
  public static final String A_NOBODYS = "a";

  /** Without a token or key. */
  public static final String NOBODY = "";

  @Override
  public CompletionStage<Identity> identify(RequestHeaders headers) {
    String[] parts = headers.get(HEADER, NOBODY).split("/", -1);
    if (parts[0].isEmpty()) {
      return CompletableFuture.failedFuture(
          Problem.of(ProblemType.UNAUTHENTICATED, "Send a token.").asException());
    }
    return CompletableFuture.completedFuture(
        new Identity(
            new Caller(
                parts[0],
                parts.length > 1 ? Optional.of(parts[1]) : Optional.empty(),
                parts.length > 2 ? Set.of(Role.valueOf(parts[2])) : Set.of(),
                Set.of()),
            HEADER));
  }

  @Override
  public Optional<Caller> recall(Identity identity) {
    return Optional.of(identity.caller());
  }
}
