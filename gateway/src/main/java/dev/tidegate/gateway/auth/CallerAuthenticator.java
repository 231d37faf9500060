package dev.tidegate.gateway.auth;

import com.linecorp.armeria.common.CommonPools;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Knows callers by API keys and by JWTs. */
final class CallerAuthenticator implements Credentials {
  private static final String API_KEY_HEADER = "x-api-key";
  private static final String BEARER = "bearer ";

  /** What the names of credentials begin with: an API key's has its SHA-256, a JWT's its issuer. */
  private static final String KEY = "key:";

  private static final String ISSUER = "issuer:";

  /** By the SHA-256 of their keys: how long it takes to find one tells nothing of a key. */
  private final Map<String, Caller> byKey;

  private final Optional<ApiKeyFile> keyFile;
  private final Map<String, TrustedIssuer> issuers;

  CallerAuthenticator(
      List<ApiKey> apiKeys, Optional<ApiKeyFile> keyFile, List<TrustedIssuer> issuers) {
    this.byKey = byHash(apiKeys);
    this.keyFile = keyFile;
    this.issuers =
        issuers.stream().collect(Collectors.toMap(TrustedIssuer::name, Function.identity()));
  }

  /** The callers of {@code apiKeys} by the SHA-256 of their keys. */
  static Map<String, Caller> byHash(List<ApiKey> apiKeys) {
    return apiKeys.stream()
        .collect(
            Collectors.toMap(
                ApiKey::sha256,
                key ->
                    new Caller(key.tenant(), Optional.of(key.id()), key.roles(), key.sources())));
  }

  @Override
  public CompletionStage<Identity> identify(RequestHeaders headers) {
    List<String> keys = headers.getAll(API_KEY_HEADER);
    List<String> authorizations = headers.getAll(HttpHeaderNames.AUTHORIZATION);
    if (keys.size() + authorizations.size() > 1) {
      return CompletableFuture.failedFuture(Refusals.twoCredentials());
    }
    if (!keys.isEmpty()) {
      return ofKey(keys.get(0))
          .map(CompletableFuture::completedFuture)
          .orElseGet(() -> CompletableFuture.failedFuture(Refusals.unknownKey()));
    }
    if (authorizations.isEmpty()
        || !authorizations.get(0).toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      return CompletableFuture.failedFuture(Refusals.noCredential());
    }
    String bearer = authorizations.get(0).substring(BEARER.length()).strip();
    Optional<Identity> ofKey = ofKey(bearer);
    if (ofKey.isPresent()) {
      return CompletableFuture.completedFuture(ofKey.get());
    }
    return ofToken(bearer);
  }

  @Override
  public Optional<Caller> recall(Identity identity) {
    String credential = identity.credential();
    return credential.startsWith(KEY)
        ? ofHash(credential.substring(KEY.length()))
        : Optional.of(identity.caller())
            .filter(
                known ->
                    credential.startsWith(ISSUER)
                        && issuers.containsKey(credential.substring(ISSUER.length())));
  }

  private Optional<Identity> ofKey(String key) {
    String hash = Sha256.hexOf(key.getBytes(StandardCharsets.UTF_8));
    return ofHash(hash).map(caller -> new Identity(caller, KEY + hash));
  }

  private Optional<Caller> ofHash(String hash) {
    return Optional.ofNullable(byKey.get(hash))
        .or(() -> keyFile.flatMap(file -> file.ofHash(hash)));
  }

  /** Which issuer's keys a token is checked with is its own claim; where they are is not. */
  private CompletionStage<Identity> ofToken(String bearer) {
    SignedJWT token;
    TrustedIssuer issuer;
    try {
      // Whatever is not signed is no SignedJWT: that of "alg":"none", for one.
      if (!(JWTParser.parse(bearer) instanceof SignedJWT signed)) {
        return CompletableFuture.failedFuture(Refusals.badToken());
      }
      token = signed;
      issuer = issuers.get(signed.getJWTClaimsSet().getIssuer());
    } catch (ParseException notAToken) {
      return CompletableFuture.failedFuture(Refusals.badToken());
    }
    if (issuer == null) {
      return CompletableFuture.failedFuture(Refusals.badToken());
    }
    // Its keys may have to be fetched.
    return CompletableFuture.supplyAsync(
        () -> new Identity(issuer.verify(token), ISSUER + issuer.name()),
        CommonPools.blockingTaskExecutor());
  }
}
