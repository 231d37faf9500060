package dev.tidegate.gateway.console;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Get;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationErrorResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenClaimsVerifier;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.JwtIssuer;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.auth.Credentials.Identity;
import dev.tidegate.gateway.auth.TrustedIssuer;
import dev.tidegate.gateway.console.ConsoleConfiguration.Oidc;
import dev.tidegate.gateway.console.SignInService.By;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sign-in by OpenID Connect: the authorization code flow, with PKCE, state and nonce. The state of
 * an unfinished sign-in is in a sealed cookie, so any gateway can finish it. Its end is a session
 * like any other; an ID token's expiry says until when it may be shown, and not how long somebody
 * stays signed in.
 */
final class OidcSignIn {
  private static final Logger LOG = LoggerFactory.getLogger(OidcSignIn.class);

  private static final String CALLBACK = "/console/oidc/callback";
  private static final Duration LONGEST_WAY = Duration.ofMinutes(10);
  private static final Duration METADATA_KEPT = Duration.ofHours(1);
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int CLOCK_SKEW_SECONDS = 60;
  private static final String HOME = "/console/";
  private static final Pattern PAGE = Pattern.compile("/console/[^\\\\\\x00-\\x20]*");

  private static final String STATE = "state";
  private static final String NONCE = "nonce";
  private static final String VERIFIER = "verifier";
  private static final String PAGE_CLAIM = "page";

  /** Why a sign-in failed, as the page of the sign-in tells it. */
  private enum Failure {
    REFUSED,
    EXPIRED,
    NOT_BELIEVED,
    AWAY
  }

  /** The provider's description of itself, as it was last read. */
  private record Metadata(OIDCProviderMetadata provider, TrustedIssuer issuer, Instant readAt) {}

  private final Optional<Oidc> configured;
  private final ConsoleSessions sessions;
  private final SignInService service;
  private final InstantSource clock;
  private volatile @Nullable Metadata lastMetadata;

  OidcSignIn(
      Optional<ConsoleConfiguration> console,
      ConsoleSessions sessions,
      SignInService service,
      InstantSource clock) {
    this.configured = console.flatMap(ConsoleConfiguration::oidc);
    this.sessions = sessions;
    this.service = service;
    this.clock = clock;
  }

  private Oidc configuration() {
    return configured.orElseThrow(
        () ->
            Problem.of(
                    ProblemType.NOT_FOUND, "OpenID Connect is not configured here (console.oidc).")
                .asException());
  }

  /** Where the provider sends browsers back to; the configuration has an address beside OIDC. */
  private URI redirectUri() {
    return sessions.url().orElseThrow().resolve(CALLBACK);
  }

  /** Sends a browser to the provider. */
  @Get("/console/oidc/start")
  public CompletionStage<HttpResponse> start(ServiceRequestContext context) {
    configuration();
    service.takeAttempt(context);
    String wanted = context.queryParams().get("returnTo", HOME);
    String page = PAGE.matcher(wanted).matches() ? wanted : HOME;
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return sentTo(metadata().provider(), context.request().headers(), page);
          } catch (GeneralException | IOException away) {
            LOG.warn("the provider of OpenID Connect cannot be reached", away);
            return failed(context, Failure.AWAY);
          }
        },
        context.blockingTaskExecutor());
  }

  private HttpResponse sentTo(OIDCProviderMetadata provider, RequestHeaders headers, String page) {
    State state = new State();
    Nonce nonce = new Nonce();
    CodeVerifier verifier = new CodeVerifier();
    String text =
        sessions
            .seal()
            .seal(
                Seal.Purpose.OIDC_REQUEST,
                new JWTClaimsSet.Builder()
                    .expirationTime(Date.from(clock.instant().plus(LONGEST_WAY)))
                    .claim(STATE, state.getValue())
                    .claim(NONCE, nonce.getValue())
                    .claim(VERIFIER, verifier.getValue())
                    .claim(PAGE_CLAIM, page)
                    .build());
    Scope scope = new Scope(configuration().scopes().toArray(String[]::new));
    scope.add("openid");
    URI address =
        new AuthenticationRequest.Builder(
                new ResponseType(ResponseType.Value.CODE),
                scope,
                new ClientID(configuration().clientId()),
                redirectUri())
            .endpointURI(provider.getAuthorizationEndpointURI())
            .state(state)
            .nonce(nonce)
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .build()
            .toURI();
    return to(
        address.toString(), SessionCookie.OIDC.set(headers, sessions.url(), text, LONGEST_WAY));
  }

  /** Takes a browser back from the provider. */
  @Get("/console/oidc/callback")
  public CompletionStage<HttpResponse> callback(ServiceRequestContext context) {
    configuration();
    service.takeAttempt(context);
    RequestHeaders headers = context.request().headers();
    Optional<JWTClaimsSet> request =
        SessionCookie.OIDC
            .in(headers)
            .flatMap(cookie -> sessions.seal().open(Seal.Purpose.OIDC_REQUEST, cookie));
    if (request.isEmpty()) {
      return CompletableFuture.completedFuture(failed(context, Failure.EXPIRED));
    }
    return CompletableFuture.supplyAsync(
            () -> identityOf(context, request.get()), context.blockingTaskExecutor())
        .thenCompose(
            result ->
                result.identity() == null
                    ? CompletableFuture.completedFuture(failed(context, result.failure()))
                    : service.inTransaction(
                        context,
                        result.identity().caller().tenant(),
                        handle -> {
                          SignInService.writeSignIn(handle, context, result.identity(), By.OIDC);
                          return to(
                              (String) request.get().getClaim(PAGE_CLAIM),
                              sessions.cookie(headers, result.identity()),
                              SessionCookie.OIDC.remove(headers, sessions.url()));
                        }));
  }

  /** Who came back; or why nobody did. */
  private record Result(@Nullable Identity identity, @Nullable Failure failure) {
    static Result failed(Failure failure) {
      return new Result(null, failure);
    }
  }

  private Result identityOf(ServiceRequestContext context, JWTClaimsSet request) {
    try {
      AuthenticationResponse response =
          AuthenticationResponseParser.parse(redirectUri().resolve(context.request().path()));
      State state = response.getState();
      // Another sign-in's, or one that somebody else has begun.
      if (state == null || !state.getValue().equals(request.getClaim(STATE))) {
        return Result.failed(Failure.EXPIRED);
      }
      if (response instanceof AuthenticationErrorResponse refused) {
        LOG.info("a sign-in was refused: {}", refused.getErrorObject().getCode());
        return Result.failed(Failure.REFUSED);
      }
      Metadata metadata = metadata();
      SignedJWT idToken =
          tokenFor(
              response.toSuccessResponse().getAuthorizationCode(),
              new CodeVerifier((String) request.getClaim(VERIFIER)),
              metadata.provider());
      Caller caller = metadata.issuer().verify(idToken);
      new IDTokenClaimsVerifier(
              new Issuer(configuration().issuer()),
              new ClientID(configuration().clientId()),
              new Nonce((String) request.getClaim(NONCE)),
              CLOCK_SKEW_SECONDS)
          .verify(idToken.getJWTClaimsSet(), null);
      Identity identity =
          new Identity(
              new Caller(caller.tenant(), caller.subject(), caller.roles(), caller.sources()),
              ConsoleSessions.oidcCredential(configuration().issuer()));
      return new Result(sessions.forSession(identity), null);
    } catch (ProblemException | BadJWTException | java.text.ParseException notBelieved) {
      LOG.warn("an ID token is not believed: {}", notBelieved.getMessage());
      return Result.failed(Failure.NOT_BELIEVED);
    } catch (GeneralException | IOException away) {
      LOG.warn("a sign-in by OpenID Connect failed", away);
      return Result.failed(Failure.AWAY);
    }
  }

  private SignedJWT tokenFor(
      AuthorizationCode code, CodeVerifier verifier, OIDCProviderMetadata provider)
      throws GeneralException, IOException, java.text.ParseException {
    HTTPRequest request =
        new TokenRequest.Builder(
                provider.getTokenEndpointURI(),
                new ClientSecretBasic(
                    new ClientID(configuration().clientId()),
                    new Secret(configuration().clientSecret().text())),
                new AuthorizationCodeGrant(code, redirectUri(), verifier))
            .build()
            .toHTTPRequest();
    request.setConnectTimeout(TIMEOUT_MILLIS);
    request.setReadTimeout(TIMEOUT_MILLIS);
    var response = OIDCTokenResponseParser.parse(request.send());
    if (!(response instanceof OIDCTokenResponse tokens)) {
      throw new GeneralException(
          "the provider gives no token: " + response.toErrorResponse().getErrorObject().getCode());
    }
    return SignedJWT.parse(tokens.getOIDCTokens().getIDTokenString());
  }

  private Metadata metadata() throws GeneralException, IOException {
    Metadata known = lastMetadata;
    if (known == null || known.readAt().plus(METADATA_KEPT).isBefore(clock.instant())) {
      OIDCProviderMetadata provider =
          OIDCProviderMetadata.resolve(
              new Issuer(configuration().issuer()), TIMEOUT_MILLIS, TIMEOUT_MILLIS);
      TrustedIssuer issuer =
          TrustedIssuer.of(
              new JwtIssuer(
                  configuration().issuer(),
                  configuration().clientId(),
                  provider.getJWKSetURI(),
                  configuration().tenantClaim(),
                  configuration().rolesClaim(),
                  AuthenticationConfiguration.DEVELOPMENT_SOURCES_CLAIM));
      known = new Metadata(provider, issuer, clock.instant());
      lastMetadata = known;
    }
    return known;
  }

  private HttpResponse failed(ServiceRequestContext context, Failure failure) {
    return to(
        "/console/sign-in#failed=" + failure.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        SessionCookie.OIDC.remove(context.request().headers(), sessions.url()));
  }

  private static HttpResponse to(String address, String... cookies) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.SEE_OTHER)
            .set(HttpHeaderNames.LOCATION, address)
            .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
            .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer");
    for (String cookie : cookies) {
      headers.add(HttpHeaderNames.SET_COOKIE, cookie);
    }
    return HttpResponse.of(headers.build());
  }
}
