package dev.tidegate.gateway.auth;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetSourceWrapper;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.URLBasedJWKSetSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;

/**
 * An issuer's keys, fetched from its JWKS and kept. A token with an unknown key ID has them fetched
 * anew, so that a rotated key is known at once; no more than twice in {@link #BETWEEN_FETCHES},
 * whatever tokens claim. A key that the issuer has withdrawn is accepted for at most {@link #KEPT}
 * while its JWKS can be read, and for {@link #KEPT_IN_OUTAGE} while it cannot.
 */
final class IssuerKeys {
  private static final Duration KEPT = Duration.ofMinutes(5);
  private static final Duration KEPT_IN_OUTAGE = Duration.ofHours(1);
  private static final Duration BETWEEN_FETCHES = Duration.ofSeconds(30);
  private static final Duration LONGEST_WAIT_FOR_ANOTHERS_FETCH = Duration.ofSeconds(5);
  private static final int CONNECT_MILLIS = 2_000;
  private static final int READ_MILLIS = 2_000;
  private static final int LARGEST_BYTES = 512 << 10;

  private final LastFetch<SecurityContext> lastFetch;
  private final JWKSource<SecurityContext> source;

  IssuerKeys(URI jwks) {
    try {
      this.lastFetch =
          new LastFetch<>(
              new URLBasedJWKSetSource<>(
                  jwks.toURL(),
                  new DefaultResourceRetriever(CONNECT_MILLIS, READ_MILLIS, LARGEST_BYTES)));
    } catch (MalformedURLException notChecked) {
      throw new IllegalArgumentException("a JWKS needs an HTTP address", notChecked);
    }
    this.source =
        JWKSourceBuilder.create(lastFetch)
            .cache(KEPT.toMillis(), LONGEST_WAIT_FOR_ANOTHERS_FETCH.toMillis())
            // It would need a thread of its own, to spare one request in five minutes a fetch.
            .refreshAheadCache(false)
            .rateLimited(BETWEEN_FETCHES.toMillis())
            .retrying(true)
            .outageTolerant(KEPT_IN_OUTAGE.toMillis())
            .build();
  }

  JWKSource<SecurityContext> source() {
    return source;
  }

  /** Whether a key that is not there may exist all the same: the JWKS could not be read last. */
  boolean areAway() {
    return lastFetch.failed;
  }

  /** Remembers whether the JWKS could be read. */
  private static final class LastFetch<C extends SecurityContext> extends JWKSetSourceWrapper<C> {
    private volatile boolean failed = true;

    LastFetch(JWKSetSource<C> source) {
      super(source);
    }

    @Override
    public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator refresh, long now, C context)
        throws KeySourceException {
      try {
        JWKSet keys = getSource().getJWKSet(refresh, now, context);
        failed = false;
        return keys;
      } catch (KeySourceException away) {
        failed = true;
        throw away;
      }
    }
  }
}
