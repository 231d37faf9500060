package dev.tidegate.gateway.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.annotation.Nullable;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.ExceptionHandlerFunction;
import com.linecorp.armeria.server.annotation.RequestConverterFunction;
import com.linecorp.armeria.server.annotation.ResponseConverterFunction;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.RoutePattern;
import dev.tidegate.gateway.http.StreamedBody;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.AuditRecord;
import dev.tidegate.gateway.store.AuditRecord.Outcome;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.Event;
import io.netty.util.AttributeKey;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes annotated services part of the server. Their methods take a {@link Call}, or a {@link
 * Caller} alone where no database is needed, records that {@link RequestRecords} reads, of which
 * those of parameters are {@link TenantQuery}s, and path variables; and return records, or futures
 * of them. Who calls is known before anything is read. Actions that are refused because a right is
 * missing are recorded.
 */
public final class Api
    implements RequestConverterFunction, ResponseConverterFunction, ExceptionHandlerFunction {
  private static final Logger LOG = LoggerFactory.getLogger(Api.class);
  private static final AttributeKey<Caller> CALLER = AttributeKey.valueOf(Api.class, "CALLER");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModules(new Jdk8Module(), new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .serializationInclusion(JsonInclude.Include.NON_ABSENT)
          .build();

  private final Authenticator authenticator;
  private final Optional<LedgerDatabase> database;
  private final ObjectWriter answers;

  /**
   * @param database without one, everybody who is known is answered 503
   */
  public Api(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {
    this.authenticator = authenticator;
    this.database = database;
    this.answers = JSON.writer().withAttribute(EventToken.class, eventTokens);
  }

  /** Writes records as they are answered. */
  ObjectWriter answers() {
    return answers;
  }

  /** For everyone who is known. */
  public void add(ServerBuilder server, Object service) {
    add(server, service, caller -> true, "");
  }

  /** For operators; viewers may read it. */
  public void addForOperators(ServerBuilder server, Object service) {
    add(server, service, Caller::isOperator, "This takes the role of an operator.");
  }

  /** For workers, and for operators; viewers may read it. */
  public void addForWorkers(ServerBuilder server, Object service) {
    add(server, service, Caller::isWorker, "This takes the role of a worker or of an operator.");
  }

  /** For everyone, known or not: its methods take no {@link Call} and no {@link Caller}. */
  public void addForStrangers(ServerBuilder server, Object service) {
    server
        .annotatedService()
        .requestConverters(this)
        .responseConverters(this)
        .exceptionHandlers(this)
        .decorator(StreamedBody::new)
        .build(service);
  }

  private void add(
      ServerBuilder server, Object service, Predicate<Caller> isAllowed, String refusal) {
    server
        .annotatedService()
        .requestConverters(this)
        .responseConverters(this)
        .exceptionHandlers(this)
        .decorator(
            (delegate, context, request) ->
                HttpResponse.of(
                    authenticator
                        .authenticate(request.headers())
                        .thenApply(
                            caller -> {
                              context.setAttr(CALLER, caller);
                              boolean reads =
                                  context.method() == HttpMethod.GET && caller.isViewer();
                              if (!reads && !isAllowed.test(caller)) {
                                throw Problem.of(ProblemType.FORBIDDEN, refusal).asException();
                              }
                              return serve(delegate, context, request);
                            })))
        .decorator(StreamedBody::new)
        .build(service);
  }

  private static HttpResponse serve(
      HttpService delegate, ServiceRequestContext context, HttpRequest request) {
    try {
      return delegate.serve(context, request);
    } catch (Exception failure) {
      throw new CompletionException(failure);
    }
  }

  @Override
  public Object convertRequest(
      ServiceRequestContext context,
      AggregatedHttpRequest request,
      Class<?> type,
      @Nullable ParameterizedType generic) {
    if (type == Call.class) {
      return call(context);
    }
    if (type == Caller.class) {
      return context.attr(CALLER);
    }
    if (TenantQuery.class.isAssignableFrom(type)) {
      return RequestRecords.ofQuery(context.queryParams(), type);
    }
    return type.isRecord()
        ? RequestRecords.ofBody(request, type)
        : RequestConverterFunction.fallthrough();
  }

  private Call call(ServiceRequestContext context) {
    LedgerDatabase ledger =
        database.orElseThrow(
            () ->
                Problem.of(
                        ProblemType.UNAVAILABLE,
                        "This needs a database, and the gateway was started without one.")
                    .asException());
    return new Call(context.attr(CALLER), context, ledger);
  }

  /** Answers in JSON that no proxy may cache: they belong to one tenant. */
  @Override
  public HttpResponse convertResponse(
      ServiceRequestContext context,
      ResponseHeaders headers,
      @Nullable Object result,
      HttpHeaders trailers)
      throws Exception {
    return HttpResponse.of(
        headers.toBuilder()
            .contentType(MediaType.JSON_UTF_8)
            .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
            .build(),
        HttpData.wrap(answers.writeValueAsBytes(result)));
  }

  @Override
  public HttpResponse handleException(
      ServiceRequestContext context, HttpRequest request, Throwable cause) {
    Optional<AuditAction> action =
        cause instanceof ProblemException problem
                && problem.problem().type() == ProblemType.FORBIDDEN
                && context.method() != HttpMethod.GET
            ? AuditAction.at(RoutePattern.of(context.config().route()))
            : Optional.empty();
    if (action.isEmpty() || database.isEmpty() || !context.hasAttr(CALLER)) {
      return HttpResponse.ofFailure(cause);
    }
    return HttpResponse.of(
        refused(call(context), action.get())
            .handle(
                (done, unwritten) -> {
                  if (unwritten != null) {
                    LOG.atWarn()
                        .addKeyValue("event", "action_refused")
                        .addKeyValue("action", action.get())
                        .addKeyValue("tenant_id", context.attr(CALLER).tenant())
                        .log("a refused action could not be written to the audit", unwritten);
                  }
                  return HttpResponse.ofFailure(cause);
                }));
  }

  /** Writes down that the caller had no right to act. The refusal stands in any case. */
  private static CompletableFuture<?> refused(Call call, AuditAction action) {
    Optional<String> target =
        call.context().pathParams().values().stream().filter(Event::isName).findFirst();
    return call.inTransaction(
        handle -> {
          AuditRecord.write(
              handle,
              call.request(),
              action,
              call.caller().tenant(),
              target,
              Outcome.REFUSED,
              "{}");
          return null;
        });
  }

  /** A record as JSON text, such as a column holds. */
  public static String text(Object details) {
    try {
      return JSON.writeValueAsString(details);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("a record can always be written", impossible);
    }
  }
}
