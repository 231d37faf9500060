package dev.tidegate.gateway.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.linecorp.armeria.server.annotation.Get;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.publish.RefusedEvent;
import dev.tidegate.gateway.store.Charts;
import dev.tidegate.gateway.store.Flow;
import dev.tidegate.gateway.store.Flow.Concern;
import dev.tidegate.gateway.store.Latencies;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.SourceFigures;
import dev.tidegate.gateway.store.Tenant;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code /admin/overview}, charts, tenants and sources, for operators. */
final class OverviewService {
  private static final Duration STANDARD_TIME = Duration.ofDays(1);

  /** The longest time that figures are asked for. */
  static final Duration LONGEST_TIME = Duration.ofDays(31);

  /** The parameters of the charts. */
  record ChartsQuery(
      Optional<String> tenant,
      Optional<String> source,
      Optional<String> eventType,
      Optional<Instant> since,
      Optional<Instant> until)
      implements TenantQuery {}

  /**
   * Events on their way, in events or in events a second; empty where that is not known.
   *
   * @param deduplicated those that are left when repeats within the time of deduplication are gone
   */
  record Rates(
      Optional<Double> received,
      Optional<Double> deduplicated,
      Optional<Double> archived,
      double committed,
      double deadLetters) {
    private static Rates of(Flow.Counts counts, double seconds) {
      return new Rates(
          Optional.of(rounded(counts.received() / seconds)),
          Optional.of(rounded((counts.received() - counts.duplicates()) / seconds)),
          Optional.empty(),
          rounded((counts.processed() + counts.unhandled()) / seconds),
          rounded(counts.deadLetters() / seconds));
    }
  }

  /**
   * What waits.
   *
   * @param topic messages that the pipeline has not taken; empty where that is not known
   * @param spool events that wait for Pub/Sub
   */
  record Backlog(
      Optional<Long> topic,
      long outbox,
      Optional<Double> oldestOutboxSeconds,
      Optional<Long> spool) {}

  /** How things are. */
  record Overview(
      Instant at,
      Rates rates,
      Rates totals,
      Backlog backlog,
      Latencies latencyMillis,
      List<Concern> needsAPerson) {}

  /** A sender of webhooks. */
  record Webhook(String path, String scheme, Set<String> tenants) {}

  /** Why a source is known. */
  enum Kind {
    /** The gateway takes its webhooks. */
    WEBHOOK,
    /** A file declares it, and it has no webhooks. */
    DECLARED,
    /** A key may send events for it. */
    NAMED,
    /** Its events are in the ledger. */
    SEEN
  }

  /** A source and the last 24 hours of it. */
  record Source(
      String source, Kind kind, Optional<Webhook> webhook, @JsonUnwrapped SourceFigures figures) {}

  /** All sources. */
  record Sources(List<Source> items) {}

  private final GatewayParts parts;
  private final Optional<CounterRates> counters;

  OverviewService(GatewayParts parts) {
    this.parts = parts;
    counters = parts.counters().map(CounterRates::new);
  }

  /** What happened in a time. */
  @Get("/admin/charts")
  public CompletionStage<Charts> charts(Call call, ChartsQuery query) {
    TenantScope scope = call.scope(query);
    Instant until = query.until().orElseGet(Instant::now);
    Instant since = since(query.since(), until);
    Charts.Filter filter = new Charts.Filter(query.source(), query.eventType(), since, until);
    return call.inTransaction(handle -> Charts.of(handle, scope, filter));
  }

  /** When a time begins that figures are asked for. */
  static Instant since(Optional<Instant> given, Instant until) {
    Instant since = given.orElseGet(() -> until.minus(STANDARD_TIME));
    if (!since.isBefore(until) || Duration.between(since, until).compareTo(LONGEST_TIME) > 0) {
      throw Problem.invalid(
          "since", "It must be before until, by at most %d days.".formatted(LONGEST_TIME.toDays()));
    }
    return since;
  }

  /** How things are now, and what needs a person. */
  @Get("/admin/overview")
  public CompletionStage<Overview> overview(Call call, TenantQuery.Only query) {
    TenantScope scope = call.scope(query);
    Instant now = Instant.now();
    CompletableFuture<Flow> flow = call.inTransaction(handle -> Flow.of(handle, scope, now));
    CompletableFuture<List<RefusedEvent>> refused = parts.refused().apply(scope.tenant());
    CompletableFuture<Map<String, String>> problems = parts.problems().get();
    return CompletableFuture.allOf(flow, refused, problems)
        .thenApply(all -> overview(scope, now, flow.join(), refused.join(), problems.join()));
  }

  private Overview overview(
      TenantScope scope,
      Instant now,
      Flow flow,
      List<RefusedEvent> refused,
      Map<String, String> problems) {
    // Counters are of all tenants: whoever asks for one is told of that one.
    Optional<CounterRates> all = scope.tenant().isPresent() ? Optional.empty() : counters;
    Rates committed = Rates.of(flow.lastMinute(), 60);
    Rates rates =
        all.flatMap(known -> known.read(now))
            .map(
                grown ->
                    new Rates(
                        Optional.of(rounded(grown.of("events_read"))),
                        Optional.of(
                            rounded(
                                Math.max(
                                    0, grown.of("events_read") - grown.of("events_duplicate")))),
                        Optional.of(rounded(grown.of("events_archived"))),
                        committed.committed(),
                        committed.deadLetters()))
            .orElse(committed);
    List<Concern> concerns = new ArrayList<>(flow.concerns());
    if (!refused.isEmpty()) {
      concerns.add(
          new Concern(
              Flow.Kind.REFUSED_EVENTS, refused.size(), Optional.of(refused.get(0).since())));
    }
    if (!problems.isEmpty()) {
      concerns.add(new Concern(Flow.Kind.HEALTH, problems.size(), Optional.empty()));
    }
    return new Overview(
        now,
        rates,
        Rates.of(flow.lastDay(), 1),
        new Backlog(
            scope.tenant().isPresent()
                ? Optional.empty()
                : parts
                    .counters()
                    .flatMap(known -> Optional.ofNullable(known.get().get(UNDELIVERED))),
            flow.outbox(),
            flow.oldestOutboxSeconds(),
            scope.tenant().isPresent() ? Optional.empty() : parts.spooled().get()),
        flow.latencyMillis(),
        concerns);
  }

  /** Among the counters of a process that runs Pub/Sub as well: messages that wait in it. */
  static final String UNDELIVERED = "undelivered_messages";

  private static double rounded(double number) {
    return Math.round(number * 100) / 100.0;
  }

  /** The tenants, in the order of their names. */
  @Get("/admin/tenants")
  public CompletionStage<Page<Tenant>> tenants(Call call, ListQuery.Only query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(handle -> Tenant.list(handle, scope, query.page()));
  }

  /** What events come from. */
  @Get("/admin/sources")
  public CompletionStage<Sources> sources(Call call, TenantQuery.Only query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> new Sources(sources(scope, SourceFigures.bySource(handle, scope))));
  }

  private List<Source> sources(TenantScope scope, Map<String, SourceFigures> figures) {
    Set<String> names = new TreeSet<>(figures.keySet());
    List<WebhookEndpoint> webhooks =
        parts.webhooks().stream().filter(webhook -> !tenantsOf(webhook, scope).isEmpty()).toList();
    webhooks.forEach(webhook -> names.add(webhook.source()));
    names.addAll(parts.declaredSources());
    Set<String> named = new TreeSet<>();
    parts
        .namedSources()
        .forEach(
            (tenant, sources) -> {
              if (scope.tenant().isEmpty() || scope.tenant().get().equals(tenant)) {
                named.addAll(sources);
              }
            });
    names.addAll(named);
    return names.stream()
        .map(
            name -> {
              Optional<Webhook> webhook =
                  webhooks.stream()
                      .filter(each -> each.source().equals(name))
                      .findFirst()
                      .map(each -> webhook(each, scope));
              return new Source(
                  name,
                  webhook.isPresent()
                      ? Kind.WEBHOOK
                      : parts.declaredSources().contains(name)
                          ? Kind.DECLARED
                          : named.contains(name) ? Kind.NAMED : Kind.SEEN,
                  webhook,
                  figures.getOrDefault(name, SourceFigures.NONE));
            })
        .toList();
  }

  private static Webhook webhook(WebhookEndpoint endpoint, TenantScope scope) {
    return new Webhook(
        "/webhooks/" + endpoint.name(), schemeOf(endpoint), tenantsOf(endpoint, scope));
  }

  private static String schemeOf(WebhookEndpoint endpoint) {
    return endpoint.scheme() instanceof SignatureScheme.Terminal49
        ? "TERMINAL49"
        : endpoint.scheme() instanceof SignatureScheme.StandardWebhooks
            ? "STANDARD_WEBHOOKS"
            : "HMAC";
  }

  /** Nobody is told of another tenant. */
  private static Set<String> tenantsOf(WebhookEndpoint endpoint, TenantScope scope) {
    Set<String> tenants = new TreeSet<>();
    endpoint.secrets().forEach(secret -> tenants.add(secret.tenant()));
    tenants.removeIf(tenant -> scope.tenant().isPresent() && !scope.tenant().get().equals(tenant));
    return tenants;
  }
}
