package dev.tidegate.gateway.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.schemas.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
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
    List<String> keepHeaders,
    String header,
    Optional<String> prefix,
    GenericHmac.Algorithm algorithm,
    GenericHmac.Encoding encoding,
    Optional<String> timestampHeader,
    Optional<String> timestampPrefix,
    Optional<String> signed,
    Optional<String> url,
    boolean answersChallenge,
    Optional<String> notificationIdHeader,
    Optional<String> notificationIdPointer,
    Optional<String> eventTypeHeader,
    Optional<String> eventTypePointer) {
  private static final List<String> PLACES = List.of("notificationId", "eventType");
  private static final String KEEP_HEADERS = "keepHeaders";

  private static final JsonNode PRESETS;

  static {
    try {
      PRESETS =
          new YAMLMapper()
              .readTree(WebhookSection.class.getResource("/dev/tidegate/gateway/presets.yaml"));
    } catch (IOException broken) {
      throw new UncheckedIOException("the presets cannot be read", broken);
    }
  }

  /** How requests are signed. */
  enum Scheme {
    TERMINAL49,
    STANDARD_WEBHOOKS,
    GITHUB,
    STRIPE,
    SHOPIFY,
    SLACK,
    TWILIO,
    HMAC
  }

  /** Adds to {@code section} what its scheme's preset says and it does not; headers to its own. */
  static void addPreset(ObjectNode section) {
    if (!(PRESETS.path(section.path("scheme").asText()).deepCopy() instanceof ObjectNode preset)) {
      return;
    }
    for (String place : PLACES) {
      List<String> members = List.of(place + "Header", place + "Pointer");
      if (members.stream().anyMatch(section::has)) {
        preset.remove(members);
      }
    }
    if (preset.remove(KEEP_HEADERS) instanceof ArrayNode headers) {
      section.withArray(KEEP_HEADERS).addAll(headers);
    }
    section.setAll((ObjectNode) preset.setAll(section.deepCopy()));
  }

  WebhookEndpoint toEndpoint() {
    SignatureScheme signature =
        switch (scheme) {
          case TERMINAL49 -> new SignatureScheme.Terminal49();
          case STANDARD_WEBHOOKS -> new SignatureScheme.StandardWebhooks(tolerance);
          default ->
              new GenericHmac(
                  header,
                  prefix.orElse(""),
                  algorithm,
                  encoding,
                  timestampHeader,
                  timestampPrefix,
                  signed,
                  url,
                  tolerance,
                  answersChallenge);
        };
    return new WebhookEndpoint(
        name,
        source,
        signature,
        secrets,
        allowedAddresses,
        maxBodyBytes,
        place(notificationIdHeader, notificationIdPointer),
        place(eventTypeHeader, eventTypePointer),
        keepHeaders);
  }

  /** The schema and the presets let exactly one of both through. */
  private static Place place(Optional<String> header, Optional<String> pointer) {
    return Place.of(header.map("header:"::concat).orElseGet(() -> "body:" + pointer.orElseThrow()));
  }
}
