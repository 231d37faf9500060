package dev.tidegate.gateway.config;

import dev.tidegate.gateway.webhooks.Place;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code webhooks[]}: one sender's endpoint as the file writes it, with all schemes' members. */
record WebhookSection(
    String name,
    String source,
    Scheme scheme,
    List<TenantSecret> secrets,
    List<String> allowedAddresses,
    int maxBodyBytes,
    Duration tolerance,
    String header,
    Optional<String> prefix,
    GenericHmac.Algorithm algorithm,
    GenericHmac.Encoding encoding,
    Optional<String> timestampHeader,
    Optional<String> notificationIdHeader,
    Optional<String> notificationIdPointer,
    Optional<String> eventTypeHeader,
    Optional<String> eventTypePointer) {
  /** How requests are signed. */
  enum Scheme {
    TERMINAL49,
    STANDARD_WEBHOOKS,
    HMAC
  }

  WebhookEndpoint toEndpoint() {
    SignatureScheme signature =
        switch (scheme) {
          case TERMINAL49 -> new SignatureScheme.Terminal49();
          case STANDARD_WEBHOOKS -> new SignatureScheme.StandardWebhooks(tolerance);
          case HMAC ->
              new GenericHmac(
                  header,
                  prefix.orElse(""),
                  algorithm,
                  encoding,
                  timestampHeader,
                  tolerance,
                  place(notificationIdHeader, notificationIdPointer),
                  place(eventTypeHeader, eventTypePointer));
        };
    return new WebhookEndpoint(name, source, signature, secrets, allowedAddresses, maxBodyBytes);
  }

  /** The schema lets exactly one of both through. */
  private static Place place(Optional<String> header, Optional<String> pointer) {
    return header
        .<Place>map(Place.Header::new)
        .orElseGet(() -> new Place.Body(pointer.orElseThrow()));
  }
}
