package dev.tidegate.gateway.console;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.auth.Credentials;
import dev.tidegate.gateway.auth.Credentials.Identity;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * Knows callers by the console's cookie, besides tokens and keys. The cookie holds who is signed
 * in, sealed: no gateway keeps anything, and each can open it. It is for what operates, and never
 * for what takes events in.
 */
public final class ConsoleSessions implements Authenticator {
  static final Duration LONGEST = Duration.ofHours(8);

  private static final String CREDENTIAL = "credential";
  private static final String TENANT = "tenant";
  private static final String ROLES = "roles";
  private static final String SOURCES = "sources";
  private static final Set<HttpMethod> READING =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private final Credentials credentials;
  private final Optional<Seal> seal;
  private final Optional<URI> url;
  private final Optional<String> oidcIssuer;
  private final InstantSource clock;

  /**
   * @param credentials what callers show otherwise
   * @param configuration without one, nobody has a session
   */
  public ConsoleSessions(
      Credentials credentials, Optional<ConsoleConfiguration> configuration, InstantSource clock) {
    this.credentials = credentials;
    this.seal =
        configuration
            .map(ConsoleConfiguration::sessionKeys)
            .filter(keys -> !keys.isEmpty())
            .map(keys -> new Seal(keys, clock));
    this.url = configuration.flatMap(ConsoleConfiguration::url);
    this.oidcIssuer =
        configuration
            .flatMap(ConsoleConfiguration::oidc)
            .map(provider -> oidcCredential(provider.issuer()));
    this.clock = clock;
  }

  static String oidcCredential(String issuer) {
    return "oidc:" + issuer;
  }

  /** What callers show otherwise. */
  Credentials credentials() {
    return credentials;
  }

  /** The gateway's address as browsers know it, where that is configured. */
  Optional<URI> url() {
    return url;
  }

  /** Whether anybody can sign in. */
  boolean areOpen() {
    return seal.isPresent();
  }

  /**
   * What seals sessions.
   *
   * @throws ProblemException {@code UNAVAILABLE} where there is nothing to seal them with
   */
  Seal seal() {
    return seal.orElseThrow(
        () ->
            Problem.of(
                    ProblemType.UNAVAILABLE,
                    "Nobody can sign in to this gateway's console: its configuration has no"
                        + " console.sessionKeys.")
                .asException());
  }

  @Override
  public CompletionStage<Caller> authenticate(RequestHeaders headers) {
    boolean showsMore =
        headers.contains(HttpHeaderNames.AUTHORIZATION) || headers.contains("x-api-key");
    Optional<String> cookie = SessionCookie.SESSION.in(headers);
    if (showsMore || cookie.isEmpty()) {
      return credentials.authenticate(headers);
    }
    try {
      return CompletableFuture.completedFuture(callerOf(headers, cookie.get()));
    } catch (ProblemException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private Caller callerOf(RequestHeaders headers, String cookie) {
    Caller caller =
        seal.flatMap(known -> known.open(Seal.Purpose.SESSION, cookie))
            .flatMap(this::identityOf)
            .flatMap(this::recall)
            .orElseThrow(
                () ->
                    Problem.of(ProblemType.UNAUTHENTICATED, "The session is over. Sign in again.")
                        .asException());
    if (!READING.contains(headers.method())) {
      RequestOrigin.requireConsole(headers, url);
    }
    return caller;
  }

  /** The caller that {@code identity} is now, until it expires; empty where it is not any more. */
  Optional<Caller> recall(Identity identity) {
    Instant end = identity.caller().expiresAt().orElseThrow();
    return oidcIssuer.filter(identity.credential()::equals).isPresent()
        ? Optional.of(identity.caller())
        : credentials.recall(identity).map(caller -> caller.until(end));
  }

  /** The same caller for one session: that ends when what proved it does, and soon anyway. */
  Identity forSession(Identity identity) {
    Instant latest = clock.instant().plus(LONGEST);
    Instant end =
        identity.caller().expiresAt().filter(expiry -> expiry.isBefore(latest)).orElse(latest);
    return new Identity(identity.caller().until(end), identity.credential());
  }

  /** {@code identity} as a text that only gateways can read, until it expires. */
  String sealedText(Seal.Purpose purpose, Identity identity) {
    Caller caller = identity.caller();
    return seal()
        .seal(
            purpose,
            new JWTClaimsSet.Builder()
                .subject(caller.subject().orElse(null))
                .expirationTime(Date.from(caller.expiresAt().orElseThrow()))
                .claim(TENANT, caller.tenant())
                .claim(ROLES, caller.roles().stream().map(Role::label).toList())
                .claim(SOURCES, List.copyOf(caller.sources()))
                .claim(CREDENTIAL, identity.credential())
                .build());
  }

  /** Whom the text tells of; empty if it was not made for {@code purpose}, or has expired. */
  Optional<Identity> opened(Seal.Purpose purpose, String text) {
    return seal().open(purpose, text).flatMap(this::identityOf);
  }

  private Optional<Identity> identityOf(JWTClaimsSet claims) {
    try {
      Caller caller =
          new Caller(
              claims.getStringClaim(TENANT),
              Optional.ofNullable(claims.getSubject()),
              claims.getStringListClaim(ROLES).stream()
                  .map(Role::labelled)
                  .flatMap(Optional::stream)
                  .collect(Collectors.toUnmodifiableSet()),
              Set.copyOf(claims.getStringListClaim(SOURCES)),
              Optional.of(claims.getExpirationTime().toInstant()));
      return Optional.of(new Identity(caller, claims.getStringClaim(CREDENTIAL)));
    } catch (ParseException ofAnotherRelease) {
      return Optional.empty();
    }
  }

  /** The cookie of a session. */
  String cookie(RequestHeaders headers, Identity identity) {
    Duration lifetime =
        Duration.between(clock.instant(), identity.caller().expiresAt().orElseThrow());
    return SessionCookie.SESSION.set(
        headers, url, sealedText(Seal.Purpose.SESSION, identity), lifetime);
  }
}
