package dev.tidegate.gateway.auth;

import com.linecorp.armeria.common.RequestHeaders;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Knows callers by what they show, and knows them again later without it. */
public interface Credentials extends Authenticator {
  /**
   * A caller, and what has proved it.
   *
   * @param credential names what was shown, and does not hold it
   */
  record Identity(Caller caller, String credential) {}

  /** As {@link #authenticate}, which it also tells what has proved it. */
  CompletionStage<Identity> identify(RequestHeaders headers);

  /**
   * Who {@code identity} is now; empty where what proved it is not believed any more. An API key is
   * looked up again: it may have been taken away, or have other roles. A JWT is good until it
   * expires, as long as its issuer is believed: nobody tells the gateway what an issuer takes back.
   */
  Optional<Caller> recall(Identity identity);

  @Override
  default CompletionStage<Caller> authenticate(RequestHeaders headers) {
    return identify(headers).thenApply(Identity::caller);
  }
}
