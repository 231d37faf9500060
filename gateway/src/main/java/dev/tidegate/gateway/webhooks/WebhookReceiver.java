package dev.tidegate.gateway.webhooks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.HttpHeaders;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.webhooks.NotificationReader.Notification;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.SignatureScheme.StandardWebhooks;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** An endpoint, ready to receive: what is checked of a request, and what is read of it. */
final class WebhookReceiver {
  /** Pub/Sub takes 10 MB a message, attributes among it. */
  static final int LARGEST_BODY = 9 << 20;

  static final int MOST_SECRETS = 5;

  private final WebhookEndpoint endpoint;
  private final List<Predicate<InetAddress>> allowed;
  private final SignatureVerifier verifier;
  private final Place notificationIdPlace;
  private final Place eventTypePlace;
  private final NotificationReader reader;

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
    if (endpoint.scheme() instanceof StandardWebhooks) {
      notificationIdPlace = new Place.Header(StandardWebhooksVerifier.ID_HEADER);
      eventTypePlace = new Place.Body("/type");
    } else {
      GenericHmac hmac =
          endpoint.scheme() instanceof GenericHmac generic ? generic : HmacVerifier.TERMINAL49;
      notificationIdPlace = hmac.notificationId();
      eventTypePlace = hmac.eventType();
    }
    reader = new NotificationReader(pointerOf(notificationIdPlace), pointerOf(eventTypePlace));
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
   * What a request that is verified says of itself.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_EVENT} where the pipeline
   *     could never read it: sent again, it would be the same
   */
  Notification read(HttpHeaders headers, byte[] body) {
    List<Problem.Error> mistakes = new ArrayList<>();
    if (!isJsonObject(body)) {
      mistakes.add(new Problem.Error("", "must be a JSON object, in UTF-8"));
    }
    Notification inBody = reader.read(body);
    Optional<String> notificationId =
        valueAt(notificationIdPlace, headers, inBody.notificationId(), mistakes);
    Optional<String> eventType = valueAt(eventTypePlace, headers, inBody.eventType(), mistakes);
    if (!mistakes.isEmpty()) {
      throw Problem.of(ProblemType.INVALID_EVENT, "Mend what errors names, and send it again.")
          .withErrors(mistakes)
          .asException();
    }
    return new Notification(notificationId, eventType);
  }

  private static Optional<String> valueAt(
      Place place, HttpHeaders headers, Optional<String> inBody, List<Problem.Error> mistakes) {
    Optional<String> value = inBody;
    String where;
    if (place instanceof Place.Header header) {
      where = header.name();
      value = SignatureVerifier.single(headers, where).filter(Event::isName);
    } else {
      where = ((Place.Body) place).pointer();
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

  private static Optional<String> pointerOf(Place place) {
    return place instanceof Place.Body body ? Optional.of(body.pointer()) : Optional.empty();
  }

  private static void require(boolean fulfilled, String rule) {
    if (!fulfilled) {
      throw new IllegalArgumentException(rule);
    }
  }
}
