package dev.tidegate.gateway.auth;

import com.nimbusds.jwt.JWTClaimNames;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.tidegate.schemas.Event;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an issuer's tokens say of a caller.
 *
 * @param tenantClaim which claim names the tenant
 * @param rolesClaim which claim lists roles
 */
record TokenClaims(String tenantClaim, String rolesClaim) {
  private static final Set<String> TIMES =
      Set.of(JWTClaimNames.EXPIRATION_TIME, JWTClaimNames.NOT_BEFORE, JWTClaimNames.ISSUED_AT);

  /** What lies beyond is no time that anybody meant. */
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
   * Whom {@code claims} describe, which have been proved.
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
    return new Caller(tenant, subject, rolesIn(claims.getClaim(rolesClaim)));
  }

  private static Set<Role> rolesIn(Object claim) {
    Stream<?> words = Stream.empty();
    if (claim instanceof Collection<?> list) {
      words = list.stream().filter(Objects::nonNull);
    } else if (claim instanceof String text) {
      words = Arrays.stream(text.split(" "));
    }
    return words
        .map(Object::toString)
        .map(Role::labelled)
        .flatMap(Optional::stream)
        .collect(Collectors.toUnmodifiableSet());
  }
}
