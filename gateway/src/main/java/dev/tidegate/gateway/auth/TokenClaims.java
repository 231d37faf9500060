package dev.tidegate.gateway.auth;

import com.nimbusds.jwt.JWTClaimNames;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.tidegate.schemas.Event;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an issuer's tokens say of a caller.
 *
 * @param tenantClaim which claim names the tenant
 * @param rolesClaim which claim lists roles
 * @param sourcesClaim which claim lists sources
 */
record TokenClaims(String tenantClaim, String rolesClaim, String sourcesClaim) {
  private static final Set<String> TIMES =
      Set.of(JWTClaimNames.EXPIRATION_TIME, JWTClaimNames.NOT_BEFORE, JWTClaimNames.ISSUED_AT);

  /** The latest time that a claim can mean. */
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  /**
   * Whether each time in {@code claims} is one. A null passes for an expiry that is there, and then
   * never comes.
   */
  static boolean hasReadableTimes(JWTClaimsSet claims) {
    return claims.getClaims().entrySet().stream()
        .filter(claim -> TIMES.contains(claim.getKey()))
        .allMatch(
            claim ->
                claim.getValue() instanceof Date time
                    && time.getTime() >= 0
                    && !time.toInstant().isAfter(LAST));
  }

  /**
   * The caller that {@code claims} describe. They have been proved.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code UNAUTHENTICATED} where the tenant is
   *     missing or no {@link Event#isName name}, or the subject is no name
   */
  Caller callerOf(JWTClaimsSet claims) {
    if (!(claims.getClaim(tenantClaim) instanceof String tenant) || !Event.isName(tenant)) {
      throw Refusals.noTenant(tenantClaim);
    }
    Optional<String> subject = Optional.ofNullable(claims.getSubject());
    if (subject.filter(text -> !Event.isName(text)).isPresent()) {
      throw Refusals.badSubject();
    }
    return new Caller(
        tenant,
        subject,
        wordsIn(claims.getClaim(rolesClaim))
            .map(Role::labelled)
            .flatMap(Optional::stream)
            .collect(Collectors.toUnmodifiableSet()),
        wordsIn(claims.getClaim(sourcesClaim)).collect(Collectors.toUnmodifiableSet()),
        Optional.ofNullable(claims.getExpirationTime()).map(Date::toInstant));
  }

  /** The words of a claim that lists them, as an array or with spaces between. */
  private static Stream<String> wordsIn(Object claim) {
    if (claim instanceof Collection<?> list) {
      return list.stream().filter(String.class::isInstance).map(String.class::cast);
    }
    return claim instanceof String text ? Arrays.stream(text.split(" ")) : Stream.empty();
  }
}
