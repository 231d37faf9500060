package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.tidegate.schemas.Json;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * A provider of OpenID Connect with one user, who is asked nothing. It insists on the client's
 * secret, on the address to go back to, and on PKCE; each code is good once.
 */
final class OidcProvider implements AutoCloseable {
  static final String CLIENT_ID = "console";
  static final String CLIENT_SECRET = "the client's secret";

  private static final int RSA_BITS = 2048;
  private static final RSAKey SIGNING_KEY = signingKey();

  private final Server server;
  private final Map<String, QueryParams> requests = new ConcurrentHashMap<>();
  private volatile UnaryOperator<JWTClaimsSet.Builder> claims = UnaryOperator.identity();
  private volatile Optional<String> refusal = Optional.empty();

  OidcProvider() {
    server =
        Server.builder()
            .http(0)
            .service("/.well-known/openid-configuration", (context, request) -> metadata())
            .service(
                "/jwks.json",
                (context, request) ->
                    HttpResponse.of(
                        MediaType.JSON, new JWKSet(SIGNING_KEY.toPublicJWK()).toString()))
            .service("/authorize", (context, request) -> authorize(context))
            .service(
                "/token",
                (context, request) -> HttpResponse.of(request.aggregate().thenApply(this::token)))
            .build();
    server.start().join();
  }

  private static RSAKey signingKey() {
    try {
      return new RSAKeyGenerator(RSA_BITS).keyID("k1").keyUse(KeyUse.SIGNATURE).generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Which it is: another site than that of gateways at 127.0.0.1. */
  String issuer() {
    return "http://localhost:" + server.activeLocalPort();
  }

  /** Changes what ID tokens say. */
  void changeClaims(UnaryOperator<JWTClaimsSet.Builder> change) {
    claims = change;
  }

  /** Has the user refuse. */
  void refuse() {
    refusal = Optional.of("access_denied");
  }

  private HttpResponse metadata() {
    return HttpResponse.of(
        MediaType.JSON,
        Json.write(
            Json.mapper()
                .valueToTree(
                    Map.of(
                        "issuer", issuer(),
                        "authorization_endpoint", issuer() + "/authorize",
                        "token_endpoint", issuer() + "/token",
                        "jwks_uri", issuer() + "/jwks.json",
                        "response_types_supported", List.of("code"),
                        "subject_types_supported", List.of("public"),
                        "id_token_signing_alg_values_supported", List.of("RS256")))));
  }

  private HttpResponse authorize(ServiceRequestContext context) {
    QueryParams request = context.queryParams();
    String answer =
        refusal
            .map(error -> "error=" + error)
            .orElseGet(
                () -> {
                  String code = UUID.randomUUID().toString();
                  requests.put(code, request);
                  return "code=" + code;
                });
    return HttpResponse.of(
        ResponseHeaders.of(
            HttpStatus.FOUND,
            "location",
            "%s?%s&state=%s".formatted(request.get("redirect_uri"), answer, request.get("state"))));
  }

  private HttpResponse token(AggregatedHttpRequest request) {
    QueryParams form = QueryParams.fromQueryString(request.contentUtf8());
    QueryParams asked = requests.remove(form.get("code", ""));
    String client =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(
                    (CLIENT_ID + ":" + java.net.URLEncoder.encode(CLIENT_SECRET, UTF_8))
                        .getBytes(UTF_8));
    if (asked == null
        || !client.equals(request.headers().get("authorization"))
        || !"S256".equals(asked.get("code_challenge_method"))
        || !challenge(form.get("code_verifier", "")).equals(asked.get("code_challenge"))
        || !asked.get("redirect_uri").equals(form.get("redirect_uri"))
        || !CLIENT_ID.equals(asked.get("client_id"))) {
      return HttpResponse.of(
          HttpStatus.BAD_REQUEST, MediaType.JSON, "{\"error\":\"invalid_grant\"}");
    }
    return HttpResponse.of(
        MediaType.JSON,
        Json.write(
            Json.mapper()
                .valueToTree(
                    Map.of(
                        "access_token", "for nothing",
                        "token_type", "Bearer",
                        "id_token", idToken(asked.get("nonce"))))));
  }

  private static String challenge(String verifier) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private String idToken(String nonce) {
    JWTClaimsSet.Builder said =
        new JWTClaimsSet.Builder()
            .issuer(issuer())
            .audience(CLIENT_ID)
            .subject("oscar")
            .issueTime(Date.from(Instant.now()))
            .expirationTime(Date.from(Instant.now().plusSeconds(300)))
            .claim("nonce", nonce)
            .claim("org", "acme")
            .claim("groups", List.of("operator"));
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(SIGNING_KEY.getKeyID()).build(),
              claims.apply(said).build());
      token.sign(new RSASSASigner(SIGNING_KEY));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
