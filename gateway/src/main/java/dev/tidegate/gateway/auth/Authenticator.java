package dev.tidegate.gateway.auth;

import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.http.RateLimit;
import java.util.concurrent.CompletionStage;

/** Finds out who calls. */
public interface Authenticator {
  /**
   * Finds who sent a request with these headers: {@code Authorization: Bearer …} with a JWT, or an
   * API key in {@code X-API-Key} or as the bearer.
   *
   * @return the caller; or failed with a {@link dev.tidegate.gateway.http.ProblemException}: {@code
   *     UNAUTHENTICATED} where no token or key is valid, {@code UNAVAILABLE} where that cannot be
   *     found out now
   */
  CompletionStage<Caller> authenticate(RequestHeaders headers);

  /** The same, but each caller may call only as often as {@code limit} says. */
  default Authenticator limited(RateLimit limit) {
    return headers ->
        authenticate(headers)
            .thenApply(
                caller -> {
                  limit.take(caller.tenant() + '\n' + caller.subject().orElse(""));
                  return caller;
                });
  }
}
