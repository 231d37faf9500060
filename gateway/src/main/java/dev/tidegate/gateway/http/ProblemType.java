package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.HttpStatus;
import java.util.Locale;

/** The kinds of problems that the gateway answers with: the kinds that a client can tell apart. */
public enum ProblemType {
  INVALID_REQUEST(HttpStatus.BAD_REQUEST),
  INVALID_EVENT(HttpStatus.UNPROCESSABLE_ENTITY),
  INVALID_SIGNATURE(HttpStatus.UNAUTHORIZED),
  UNAUTHENTICATED(HttpStatus.UNAUTHORIZED),
  FORBIDDEN(HttpStatus.FORBIDDEN),
  NOT_FOUND(HttpStatus.NOT_FOUND),
  METHOD_NOT_ALLOWED(HttpStatus.METHOD_NOT_ALLOWED),
  CONFLICT(HttpStatus.CONFLICT),
  CONTENT_TOO_LARGE(HttpStatus.REQUEST_ENTITY_TOO_LARGE),
  URI_TOO_LONG(HttpStatus.REQUEST_URI_TOO_LONG),
  UNSUPPORTED_MEDIA_TYPE(HttpStatus.UNSUPPORTED_MEDIA_TYPE),
  UNSUPPORTED_CONTENT_ENCODING(HttpStatus.UNSUPPORTED_MEDIA_TYPE),
  EXPECTATION_FAILED(HttpStatus.EXPECTATION_FAILED),
  REQUEST_TIMEOUT(HttpStatus.REQUEST_TIMEOUT),
  TOO_MANY_REQUESTS(HttpStatus.TOO_MANY_REQUESTS),
  HEADERS_TOO_LARGE(HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
  NOT_IMPLEMENTED(HttpStatus.NOT_IMPLEMENTED),
  UNAVAILABLE(HttpStatus.SERVICE_UNAVAILABLE),
  INTERNAL(HttpStatus.INTERNAL_SERVER_ERROR);

  private final HttpStatus status;

  ProblemType(HttpStatus status) {
    this.status = status;
  }

  public HttpStatus status() {
    return status;
  }

  /** HTTP's own words for it, such as "Not Found". */
  public String title() {
    return status.reasonPhrase();
  }

  /** The member {@code type} of RFC 9457: a name, and no address to visit. */
  public String uri() {
    return "urn:tidegate:problem:" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
