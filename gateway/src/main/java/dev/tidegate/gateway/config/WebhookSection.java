package dev.tidegate.gateway.config;

import dev.tidegate.gateway.webhooks.Place;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.SignatureScheme.StandardWebhooks;
import dev.tidegate.gateway.webhooks.SignatureScheme.Terminal49;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.schemas.Event;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code webhooks.<name>}: one sender's endpoint. */
final class WebhookSection {
  /** How requests are signed, as configurations call it. */
  private enum Scheme {
    TERMINAL49,
    STANDARD_WEBHOOKS,
    HMAC
  }

  /** Pub/Sub's limit of a message, less room for its attributes. */
  private static final int LARGEST_BODY = 9 << 20;

  private WebhookSection() {}

  /**
   * Reads all of it but the name.
   *
   * @return an endpoint whose name is empty
   */
  static WebhookEndpoint read(Section section) {
    String source = section.text("source");
    requireName(section, "source", source);
    Scheme scheme = section.choice("scheme", Scheme.class).orElse(null);
    if (scheme == null) {
      section.textIfAny("scheme").ifPresentOrElse(known -> {}, () -> missingScheme(section));
    }
    List<TenantSecret> secrets = section.list("secrets", WebhookSection::readSecret);
    if (secrets.isEmpty()) {
      section.mistake("secrets", "needs at least one, with its tenant");
    }
    List<String> addresses = section.texts("allowedAddresses");
    AddressBlocks.check(section, "allowedAddresses", addresses);
    int maxBodyBytes =
        section.integer("maxBodyBytes", WebhookEndpoint.MAX_BODY_BYTES, 1, LARGEST_BODY);
    return new WebhookEndpoint(
        "", source, readScheme(section, scheme), secrets, addresses, maxBodyBytes);
  }

  private static void missingScheme(Section section) {
    section.mistake("scheme", "is missing: one of terminal49, standard-webhooks, hmac");
  }

  private static TenantSecret readSecret(Section section) {
    String tenant = section.text("tenant");
    requireName(section, "tenant", tenant);
    return new TenantSecret(tenant, section.secret("secret"));
  }

  private static SignatureScheme readScheme(Section section, Scheme scheme) {
    if (scheme == Scheme.STANDARD_WEBHOOKS) {
      return new StandardWebhooks(section.duration("tolerance", StandardWebhooks.TOLERANCE));
    }
    if (scheme == Scheme.HMAC) {
      return readHmac(section);
    }
    return new Terminal49();
  }

  private static GenericHmac readHmac(Section section) {
    String header = section.text("header");
    requireHeader(section, "header", header);
    Duration tolerance = section.duration("tolerance", StandardWebhooks.TOLERANCE);
    return new GenericHmac(
        header,
        section.textIfAny("prefix").orElse(""),
        section
            .choice("algorithm", GenericHmac.Algorithm.class)
            .orElse(GenericHmac.Algorithm.SHA256),
        section.choice("encoding", GenericHmac.Encoding.class).orElse(GenericHmac.Encoding.HEX),
        section.textIfAny("timestampHeader"),
        tolerance,
        place(section, "notificationId"),
        place(section, "eventType"));
  }

  /** Where a request tells it: in a header, or in the body. */
  private static Place place(Section section, String what) {
    String headerKey = what + "Header";
    Optional<String> header = section.textIfAny(headerKey);
    header.ifPresent(name -> requireHeader(section, headerKey, name));
    Optional<String> pointer = pointer(section, what + "Pointer");
    if (header.isPresent() == pointer.isPresent()) {
      section.mistake(
          headerKey,
          "or %sPointer must be given, and not both: without it no event can be read"
              .formatted(what));
    }
    return header.<Place>map(Place.Header::new).orElse(new Place.Body(pointer.orElse("/" + what)));
  }

  private static void requireHeader(Section section, String key, String name) {
    if (!name.isEmpty() && !name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")) {
      section.mistake(key, "must be a header's name");
    }
  }

  private static Optional<String> pointer(Section section, String key) {
    Optional<String> pointer = section.textIfAny(key);
    if (pointer.isPresent() && !pointer.get().startsWith("/")) {
      section.mistake(key, "must be a JSON pointer, such as /data/id");
    }
    return pointer;
  }

  private static void requireName(Section section, String key, String value) {
    if (!value.isEmpty() && !Event.isName(value)) {
      section.mistake(key, "must be a short name without control characters");
    }
  }
}
