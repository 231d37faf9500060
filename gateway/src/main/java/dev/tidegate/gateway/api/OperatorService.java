package dev.tidegate.gateway.api;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.AuditRecord;
import dev.tidegate.gateway.store.DeadLetter;
import dev.tidegate.gateway.store.EventDetail;
import dev.tidegate.gateway.store.EventFilter;
import dev.tidegate.gateway.store.EventSearch;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.RowsOfEvent;
import dev.tidegate.gateway.store.Statistics;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.EventPreview;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** {@code /admin}: events, figures and the audit, for operators. */
final class OperatorService {
  private static final ResponseHeaders PAYLOAD =
      ResponseHeaders.builder(HttpStatus.OK)
          .contentType(MediaType.OCTET_STREAM)
          .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
          .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
          .build();

  private static final String LAST_EVENT_ID = "last-event-id";

  /** Events a second of a stream. */
  private static final int STANDARD_RATE = 20;

  /** A body that says nothing, or none. */
  record NoBody() {}

  /** What was discarded. */
  record Discarded(String eventId, int deadLettersDiscarded) {}

  /** Details of an audit record. */
  record DiscardDetails(int deadLetters) {}

  /** The parameters of the list of events. */
  record EventQuery(
      Optional<String> tenant,
      Optional<LedgerEvent.Status> status,
      Optional<String> eventType,
      Optional<String> source,
      Optional<String> subject,
      Optional<String> about,
      Optional<String> notificationId,
      Optional<String> requestId,
      Optional<String> errorClass,
      Optional<String> fingerprint,
      Optional<Instant> since,
      Optional<Instant> until,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {
    EventFilter filter() {
      return new EventFilter(
          status,
          eventType,
          source,
          subject,
          about,
          notificationId,
          requestId,
          errorClass,
          fingerprint,
          since,
          until);
    }
  }

  /** The parameters of the stream of events. */
  record StreamQuery(
      Optional<String> tenant,
      Optional<LedgerEvent.Status> status,
      Optional<String> eventType,
      Optional<String> source,
      Optional<String> subject,
      Optional<String> about,
      Optional<String> notificationId,
      Optional<String> requestId,
      Optional<String> errorClass,
      Optional<String> fingerprint,
      Optional<Instant> since,
      Optional<Instant> until,
      Optional<ListQuery.Limit> rate)
      implements TenantQuery {
    EventFilter filter() {
      return new EventFilter(
          status,
          eventType,
          source,
          subject,
          about,
          notificationId,
          requestId,
          errorClass,
          fingerprint,
          since,
          until);
    }
  }

  /** The parameters of the list of failed events. */
  record FailedQuery(
      Optional<String> tenant,
      Optional<String> fingerprint,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** The parameters of the audit. */
  record AuditQuery(
      Optional<String> tenant,
      Optional<AuditAction> action,
      Optional<String> actor,
      Optional<Instant> since,
      Optional<Instant> until,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** The parameters of the figures. */
  record TimeQuery(Optional<String> tenant, Optional<Instant> since, Optional<Instant> until)
      implements TenantQuery {}

  private final EventToken tokens;
  private final Optional<EventPreview> preview;
  private final EventStreams streams;

  /**
   * @param preview the handlers, where they are at hand
   */
  OperatorService(EventToken tokens, Optional<EventPreview> preview, EventStreams streams) {
    this.tokens = tokens;
    this.preview = preview;
    this.streams = streams;
  }

  /** The events, the last processed first. */
  @Get("/admin/events")
  public CompletionStage<Page<LedgerEvent>> events(Call call, EventQuery query) {
    TenantScope scope = call.scope(query);
    EventFilter filter = query.filter();
    return call.inTransaction(handle -> EventSearch.page(handle, scope, filter, query.page()));
  }

  /** The events as they are processed. */
  @Get("/admin/events/stream")
  public CompletionStage<HttpResponse> stream(Call call, StreamQuery query) {
    return streams.open(
        call,
        call.scope(query),
        query.filter(),
        query.rate().map(ListQuery.Limit::rows).orElse(STANDARD_RATE),
        Optional.ofNullable(call.context().request().headers().get(LAST_EVENT_ID)));
  }

  /** The open dead letters, the last failed first. */
  @Get("/admin/events/failed")
  public CompletionStage<Page<DeadLetter>> failedEvents(Call call, FailedQuery query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> DeadLetter.open(handle, scope, query.fingerprint(), query.page()));
  }

  /** All that is known of an event. */
  @Get("/admin/events/{id}")
  public CompletionStage<EventDetail> event(
      Call call, TenantQuery.Only query, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
            handle -> {
              LedgerEvent event =
                  LedgerEvent.find(handle, tokens, call.caller(), scope, id)
                      .orElseThrow(
                          () ->
                              problem(
                                  ProblemType.NOT_FOUND,
                                  "The event is not in the ledger: not yet, or not any more."));
              return new Known(event, EventDetail.bodyRow(handle, event));
            })
        .thenApplyAsync(
            known ->
                new Previewed(
                    known,
                    preview.flatMap(
                        handlers -> EventDetail.preview(known.event(), known.body(), handlers))),
            call.context().blockingTaskExecutor())
        .thenCompose(
            seen ->
                call.inTransaction(
                    handle ->
                        EventDetail.of(
                            handle, seen.known().event(), seen.known().body(), seen.rows())));
  }

  /** An event and its body. */
  private record Known(LedgerEvent event, EventDetail.Body body) {}

  /** The same with what the handlers make of it. */
  private record Previewed(Known known, Optional<RowsOfEvent.Preview> rows) {}

  /** An event's body, byte for byte. It is a stranger's: no browser shows it as a page. */
  @Get("/admin/events/{id}/payload")
  public CompletionStage<HttpResponse> payload(
      Call call, TenantQuery.Only query, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle ->
            LedgerEvent.find(handle, tokens, call.caller(), scope, id)
                .flatMap(event -> EventDetail.bodyOf(handle, event))
                .map(body -> HttpResponse.of(PAYLOAD, HttpData.wrap(body)))
                .orElseThrow(
                    () -> problem(ProblemType.NOT_FOUND, "No body of the event is kept.")));
  }

  /** An event's open dead letters will not be replayed. */
  @Post("/admin/events/{id}/discard")
  public CompletionStage<Discarded> discard(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          Optional<LedgerEvent> event = LedgerEvent.find(handle, tokens, call.caller(), scope, id);
          int letters = event.map(known -> DeadLetter.discard(handle, known)).orElse(0);
          if (letters == 0) {
            throw problem(ProblemType.CONFLICT, "The event has no open dead letter.");
          }
          call.audit(
              handle,
              AuditAction.DISCARD_EVENT,
              event.orElseThrow().tenant(),
              id,
              new DiscardDetails(letters));
          return new Discarded(id, letters);
        });
  }

  /** How many events of which kind, and how long they took. */
  @Get("/admin/metrics")
  public CompletionStage<Statistics> statistics(Call call, TimeQuery query) {
    TenantScope scope = call.scope(query);
    Instant until = query.until().orElseGet(Instant::now);
    Instant since = OverviewService.since(query.since(), until);
    return call.inTransaction(handle -> Statistics.of(handle, scope, since, until));
  }

  /** Who did what, the last first. */
  @Get("/admin/audit")
  public CompletionStage<Page<AuditRecord>> audit(Call call, AuditQuery query) {
    TenantScope scope = call.scope(query);
    AuditRecord.Filter filter =
        new AuditRecord.Filter(query.action(), query.actor(), query.since(), query.until());
    return call.inTransaction(handle -> AuditRecord.list(handle, scope, filter, query.page()));
  }

  private static RuntimeException problem(ProblemType type, String detail) {
    return Problem.of(type, detail).asException();
  }
}
