package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.tidegate.gateway.api.ApiRoutes;
import dev.tidegate.gateway.auth.ApiKeyFile;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.gateway.auth.Authenticators;
import dev.tidegate.gateway.auth.Credentials;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.console.ConsoleConfiguration.Oidc;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.events.EventRoutes;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.gateway.tasks.TaskRoutes;
import dev.tidegate.schemas.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A gateway that people sign in to, by a clock that tests set. Several may be on one ledger. */
final class SignInGateway implements AutoCloseable {
  static final Secret KEY = Secret.of("the first of the keys of sessions");
  static final Secret OTHER_KEY = Secret.of("the second of the keys of sessions");
  static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));

  private static final Secret DEVELOPMENT_KEY = Secret.of("0123456789abcdef0123456789abcdef");

  final RecordingPublisher publisher = new RecordingPublisher();
  private final LedgerDatabase database;
  private final ApiKeyFile keyFile;
  private final GatewayServer server;

  private SignInGateway(
      TestLedger ledger,
      Path keys,
      InstantSource clock,
      int port,
      Optional<Oidc> oidc,
      List<Secret> sessionKeys) {
    database = ledger.open(2);
    keyFile = ApiKeyFile.open(keys);
    Credentials credentials =
        Authenticators.of(
            new AuthenticationConfiguration(List.of(), List.of(), Optional.of(DEVELOPMENT_KEY)),
            Optional.of(keyFile));
    Optional<ConsoleConfiguration> console =
        Optional.of(
            new ConsoleConfiguration(
                sessionKeys,
                oidc.map(provider -> URI.create("http://127.0.0.1:" + port)),
                oidc,
                Optional.of("./tidegate open")));
    ConsoleSessions sessions = new ConsoleSessions(credentials, console, clock);
    Optional<LedgerDatabase> known = Optional.of(database);
    server =
        GatewayServer.start(
            "127.0.0.1",
            port,
            List.of(
                new EventRoutes(
                    credentials,
                    publisher,
                    TOKENS,
                    EventLimits.STANDARD,
                    List.of(),
                    new GatewayMetrics(),
                    known),
                new ApiRoutes(sessions, known, TOKENS),
                new TaskRoutes(sessions, known, TOKENS),
                new ConsoleRoutes(),
                new SignInRoutes(
                    sessions, console, known, TOKENS, new ClientAddress(List.of()), clock)));
  }

  static SignInGateway start(
      TestLedger ledger, Path keys, InstantSource clock, Secret... sessionKeys) {
    return new SignInGateway(ledger, keys, clock, 0, Optional.empty(), Arrays.asList(sessionKeys));
  }

  /** One where people sign in by {@code oidc}, too: its address must be known beforehand. */
  static SignInGateway start(TestLedger ledger, Path keys, InstantSource clock, Oidc oidc)
      throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    return new SignInGateway(ledger, keys, clock, port, Optional.of(oidc), List.of(KEY));
  }

  int port() {
    return server.port();
  }

  String address(String path) {
    return "http://127.0.0.1:" + server.port() + path;
  }

  TestClient client() {
    return new TestClient(server.port());
  }

  /** Writes {@code keys} into the file: tenant, ID of the key and its text are the same. */
  static void writeKeys(Path file, Role role, String... keys) {
    try {
      Files.deleteIfExists(file);
      for (String key : keys) {
        ApiKeyFile.add(
            file, new ApiKey(key, Sha256.hexOf(key.getBytes(UTF_8)), key, Set.of(role), Set.of()));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A token for development. */
  static String token(String tenant, Role role, Duration validity) {
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader(JWSAlgorithm.HS256),
              new JWTClaimsSet.Builder()
                  .issuer(AuthenticationConfiguration.DEVELOPMENT_ISSUER)
                  .audience(AuthenticationConfiguration.DEVELOPMENT_AUDIENCE)
                  .subject("olga")
                  .expirationTime(Date.from(Instant.now().plus(validity)))
                  .claim(AuthenticationConfiguration.DEVELOPMENT_TENANT_CLAIM, tenant)
                  .claim(AuthenticationConfiguration.DEVELOPMENT_ROLES_CLAIM, List.of(role.label()))
                  .build());
      token.sign(new MACSigner(DEVELOPMENT_KEY.bytes()));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void close() {
    server.close();
    keyFile.close();
    database.close();
  }
}
