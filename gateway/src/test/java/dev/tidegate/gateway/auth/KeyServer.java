package dev.tidegate.gateway.auth;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.Server;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** An issuer's JWKS over HTTP. */
final class KeyServer implements AutoCloseable {
  private final Server server;
  private final AtomicInteger fetches = new AtomicInteger();
  private volatile List<JWK> keys = List.of();
  private volatile boolean isAway;

  KeyServer() {
    server = Server.builder().http(0).service("/jwks.json", (context, request) -> answer()).build();
    server.start().join();
  }

  URI address() {
    return URI.create("http://127.0.0.1:%d/jwks.json".formatted(server.activeLocalPort()));
  }

  void publish(JWK... published) {
    keys = List.of(published);
  }

  void goAway() {
    isAway = true;
  }

  int fetches() {
    return fetches.get();
  }

  private HttpResponse answer() {
    fetches.incrementAndGet();
    return isAway
        ? HttpResponse.of(HttpStatus.SERVICE_UNAVAILABLE)
        : HttpResponse.of(MediaType.JSON, new JWKSet(keys).toString());
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
