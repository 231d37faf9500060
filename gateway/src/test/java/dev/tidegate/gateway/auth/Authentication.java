package dev.tidegate.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.util.Exceptions;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.testing.Patience;
import java.util.concurrent.TimeUnit;

/** What an authenticator makes of a request's headers. */
final class Authentication {
  private Authentication() {}

  static RequestHeaders bearer(String token) {
    return header("authorization", "Bearer " + token);
  }

  static RequestHeaders header(String name, String value) {
    return RequestHeaders.of(HttpMethod.POST, "/events", name, value);
  }

  static Caller callerOf(Authenticator authenticator, RequestHeaders headers) {
    return authenticator
        .authenticate(headers)
        .toCompletableFuture()
        .orTimeout(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  static Problem refusalOf(Authenticator authenticator, RequestHeaders headers) {
    Throwable failure = Exceptions.peel(catchThrowable(() -> callerOf(authenticator, headers)));
    assertThat(failure).isInstanceOf(ProblemException.class);
    return ((ProblemException) failure).problem();
  }

  static void assertUnauthenticated(Authenticator authenticator, RequestHeaders headers) {
    assertThat(refusalOf(authenticator, headers).type()).isEqualTo(ProblemType.UNAUTHENTICATED);
  }
}
