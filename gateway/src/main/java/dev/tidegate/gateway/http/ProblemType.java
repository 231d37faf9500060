package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpStatus;
import java.util.Locale;

/** The kinds of problems that the gateway answers with: what a client may tell apart. */
public enum ProblemType {
  INVALID_REQUEST(HttpStatus.BAD_REQUEST, "The request cannot be read"),
  INVALID_EVENT(HttpStatus.UNPROCESSABLE_ENTITY, "The event breaks a rule"),
  INVALID_SIGNATURE(HttpStatus.UNAUTHORIZED, "The signature is not valid"),
  UNAUTHENTICATED(HttpStatus.UNAUTHORIZED, "Who calls is not known"),
  FORBIDDEN(HttpStatus.FORBIDDEN, "The caller may not do this"),
  NOT_FOUND(HttpStatus.NOT_FOUND, "There is no such thing"),
  METHOD_NOT_ALLOWED(HttpStatus.METHOD_NOT_ALLOWED, "The method does not go with this address"),
  CONFLICT(HttpStatus.CONFLICT, "The request does not go with what is there"),
  CONTENT_TOO_LARGE(HttpStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"),
  URI_TOO_LONG(HttpStatus.REQUEST_URI_TOO_LONG, "The request line is too long"),
  UNSUPPORTED_MEDIA_TYPE(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "The media type is not taken"),
  UNSUPPORTED_CONTENT_ENCODING(
      HttpStatus.UNSUPPORTED_MEDIA_TYPE, "The body's encoding is not taken"),
  EXPECTATION_FAILED(HttpStatus.EXPECTATION_FAILED, "The expectation cannot be met"),
  REQUEST_TIMEOUT(HttpStatus.REQUEST_TIMEOUT, "The request did not arrive in time"),
  TOO_MANY_REQUESTS(HttpStatus.TOO_MANY_REQUESTS, "The tenant sends too much"),
  HEADERS_TOO_LARGE(HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large"),
  UNAVAILABLE(HttpStatus.SERVICE_UNAVAILABLE, "Something the gateway needs is away"),
  INTERNAL(HttpStatus.INTERNAL_SERVER_ERROR, "The gateway failed");

  private final HttpStatus status;
  private final String title;

  ProblemType(HttpStatus status, String title) {
    this.status = status;
    this.title = title;
  }

  public HttpStatus status() {
    return status;
  }

  public String title() {
    return title;
  }

  /** The member {@code type} of RFC 9457: a name, and no address to visit. */
  public String uri() {
    return "urn:tidegate:problem:" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
