package dev.tidegate.gateway.console;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.time.InstantSource;
import java.util.Optional;

/** How browsers are signed in to the console, and out. */
public final class SignInRoutes implements Routes {
  private final Api api;
  private final SignInService service;
  private final OidcSignIn oidc;

  /**
   * @param sessions that it begins
   * @param database without one, nobody can sign in
   */
  public SignInRoutes(
      ConsoleSessions sessions,
      Optional<ConsoleConfiguration> configuration,
      Optional<LedgerDatabase> database,
      EventToken eventTokens,
      ClientAddress clientAddress,
      InstantSource clock) {
    this.api = new Api(sessions, database, eventTokens);
    this.service =
        new SignInService(
            sessions, configuration, database, new SignInCodes(sessions, clock), clientAddress);
    this.oidc = new OidcSignIn(configuration, sessions, service, clock);
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.addForStrangers(server, service);
    api.addForStrangers(server, oidc);
  }
}
