package dev.tidegate.gateway.webhooks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.IdentityReader;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.SourceFile;
import io.netty.util.AsciiString;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** An endpoint, ready to receive: how a request is checked and read. */
final class WebhookReceiver {
  /** Pub/Sub takes 10 MB a message, attributes among it. */
  static final int LARGEST_BODY = 9 << 20;

  static final int MOST_SECRETS = 5;

  private static final IdentityReader CHALLENGES = new IdentityReader("/challenge", "/type");
  private static final Optional<String> URL_VERIFICATION = Optional.of("url_verification");

  private final WebhookEndpoint endpoint;
  private final List<Predicate<InetAddress>> allowed;
  private final SignatureVerifier verifier;
  private final Place notificationIdPlace;
  private final Place eventTypePlace;
  private final List<AsciiString> keptHeaders;
  private final IdentityReader reader;

  /**
   * @throws IllegalArgumentException where the endpoint cannot be served so, saying why
   */
  WebhookReceiver(WebhookEndpoint endpoint) {
    require(endpoint.name().matches("[A-Za-z0-9._-]{1,100}"), "its name must fit into an address");
    require(Event.isName(endpoint.source()), "its source must be 1 to 200 characters");
    require(!endpoint.secrets().isEmpty(), "it needs a secret");
    require(
        endpoint.secrets().size() <= MOST_SECRETS,
        "it may have %d secrets at the most, since each costs every request a computation"
            .formatted(MOST_SECRETS));
    for (WebhookEndpoint.TenantSecret secret : endpoint.secrets()) {
      require(Event.isName(secret.tenant()), "a tenant must be 1 to 200 characters");
    }
    require(
        endpoint.maxBodyBytes() > 0 && endpoint.maxBodyBytes() <= LARGEST_BODY,
        "maxBodyBytes must be 1 to " + LARGEST_BODY);
    this.endpoint = endpoint;
    allowed = endpoint.allowedAddresses().stream().map(ClientAddress::block).toList();
    verifier = SignatureVerifier.of(endpoint);
    notificationIdPlace = endpoint.notificationId();
    eventTypePlace = endpoint.eventType();
    Set<String> kept = new TreeSet<>(endpoint.keepHeaders());
    Stream.of(notificationIdPlace, eventTypePlace)
        .filter(Place::isHeader)
        .forEach(place -> kept.add(place.header()));
    for (String header : kept) {
      require(
          !SourceFile.isCredential(header) && !isSignatureHeader(header),
          "the header %s must not be kept: it may prove who sends".formatted(header));
    }
    keptHeaders = kept.stream().map(HttpHeaderNames::of).toList();
    reader =
        IdentityReader.at(
            notificationIdPlace,
            eventTypePlace,
            !(endpoint.scheme() instanceof SignatureScheme.Terminal49));
  }

  String name() {
    return endpoint.name();
  }

  List<VerifyingKey> keys() {
    return verifier.keys();
  }

  String source() {
    return endpoint.source();
  }

  /**
   * The attributes in which a message keeps headers; those that Pub/Sub would not take are left.
   */
  Map<String, String> kept(HttpHeaders headers) {
    Map<String, String> attributes = new HashMap<>();
    for (AsciiString header : keptHeaders) {
      String value = String.join(", ", headers.getAll(header));
      if (!value.isBlank() && AttributeLimits.isValue(value)) {
        attributes.put(Place.attributeOf(header.toString()), value);
      }
    }
    return attributes;
  }

  /** The challenge by which a sender asks, once, whether this is the address that it was given. */
  Optional<String> challenge(byte[] body) {
    if (!(endpoint.scheme() instanceof GenericHmac hmac) || !hmac.answersChallenge()) {
      return Optional.empty();
    }
    NotificationIdentity asked = CHALLENGES.read(body);
    return asked.notificationId().filter(challenge -> asked.eventType().equals(URL_VERIFICATION));
  }

  /** The answer to a sender whose signature is not valid. */
  String signatureRule() {
    return endpoint.scheme() instanceof GenericHmac hmac && hmac.url().isPresent()
        ? "Send JSON, with its hash in the parameter bodySHA256, and sign the URL: forms are not"
            + " taken."
        : "Sign the body's bytes with an active secret.";
  }

  private boolean isSignatureHeader(String header) {
    return endpoint.scheme() instanceof GenericHmac hmac && hmac.header().equalsIgnoreCase(header);
  }

  int maxBodyBytes() {
    return endpoint.maxBodyBytes();
  }

  boolean allows(InetAddress address) {
    return allowed.isEmpty() || allowed.stream().anyMatch(block -> block.test(address));
  }

  Verification verify(HttpHeaders headers, byte[] body, Instant now) {
    return verifier.verify(headers, body, now);
  }

  /**
   * The ID and type of a verified request.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_EVENT} where the pipeline
   *     could never read it: sent again, it would be the same
   */
  NotificationIdentity read(HttpHeaders headers, byte[] body) {
    List<Problem.Error> mistakes = new ArrayList<>();
    if (!isJsonObject(body)) {
      mistakes.add(new Problem.Error("", "must be a JSON object, in UTF-8"));
    }
    NotificationIdentity inBody = reader.read(body);
    Optional<String> notificationId =
        valueAt(notificationIdPlace, headers, inBody.notificationId(), mistakes);
    Optional<String> eventType = valueAt(eventTypePlace, headers, inBody.eventType(), mistakes);
    if (!mistakes.isEmpty()) {
      throw Problem.of(
              ProblemType.INVALID_EVENT,
              "Correct the mistakes that errors lists, and send it again.")
          .withErrors(mistakes)
          .asException();
    }
    return new NotificationIdentity(notificationId, eventType);
  }

  private static Optional<String> valueAt(
      Place place, HttpHeaders headers, Optional<String> inBody, List<Problem.Error> mistakes) {
    Optional<String> value = inBody;
    String where;
    if (place.isHeader()) {
      where =
          place.header().equals(StandardWebhooksVerifier.ID_HEADER)
              ? StandardWebhooksVerifier.idHeader(headers)
              : place.header();
      value = SignatureVerifier.single(headers, where).filter(Event::isName);
    } else {
      where = place.pointer().toString();
    }
    if (value.isEmpty()) {
      mistakes.add(new Problem.Error(where, "must be " + Event.NAME_RULE));
    }
    return value;
  }

  private static boolean isJsonObject(byte[] body) {
    try {
      return Json.parse(body).isObject();
    } catch (JsonProcessingException notJson) {
      return false;
    }
  }

  private static void require(boolean fulfilled, String rule) {
    if (!fulfilled) {
      throw new IllegalArgumentException(rule);
    }
  }
}
