package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.A_USER;
import static dev.tidegate.gateway.store.KnownCallers.A_VIEWER;
import static dev.tidegate.gateway.store.KnownCallers.A_WORKER;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.B_WORKER;
import static dev.tidegate.gateway.store.KnownCallers.NOBODY;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.gateway.observe.OpenApiDocument;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.EventId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who gets what from which route. All things are tenant a's, and hold {@value #SECRET}; whatever
 * the route, tenant b's operator and nobody must not see that, nor change anything.
 */
class AccessMatrixIT {
  private static final String SECRET = "secretOfTenantA";
  private static final String EVENT = RunningOperations.eventId("a", SECRET);
  private static final String REPLAY = "5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e";

  /** Of the task that {@link #fill} makes. */
  private static final String TASK =
      EventId.ofEffect("a", "shop", SECRET, "order.paid", "research").toString();

  private static final String ROW = "0d5a7b1c-6a0e-8d4e-9d7e-5f0c4f4e2d3e";
  private static final int OK = 200;

  /**
   * A request and what it answers.
   *
   * @param path without the parameter {@code tenant}
   * @param user the status for a's user
   * @param operator for a's operator and, where it names the tenant, a platform operator
   * @param foreign for b's operator; lists answer it, without a's things
   */
  private record Route(String path, String body, int user, int operator, int foreign) {}

  private static final Map<String, Route> ROUTES = new TreeMap<>();

  static {
    ROUTES.put("get /events", new Route("/events", null, OK, OK, OK));
    ROUTES.put("get /events/{id}", new Route("/events/" + EVENT, null, 404, OK, 404));
    list("/admin/events");
    list("/admin/events/failed");
    list("/admin/replays");
    list("/admin/dry-runs");
    ROUTES.put(
        "get /admin/dry-runs/{id}", new Route("/admin/dry-runs/" + REPLAY, null, 403, OK, 404));
    action("post", "/admin/dry-runs/{id}/cancel", REPLAY, null, OK, 404);
    action("post", "/admin/replays/preview", "", "{\"filter\":{\"tenants\":[\"a\"]}}", OK, 403);
    action(
        "post",
        "/admin/dry-runs",
        "",
        "{\"filter\":{\"tenants\":[\"a\"],\"sources\":[\"none\"]}}",
        501,
        403);
    list("/admin/issues");
    list("/admin/metrics");
    list("/admin/audit");
    list("/admin/overview");
    list("/admin/charts");
    list("/admin/tenants");
    list("/admin/sources");
    list("/admin/relay");
    list("/admin/relay/refused");
    action("post", "/admin/relay/refused/{eventId}/retry", ROW, null, OK, 404);
    action("post", "/admin/relay/refused/{eventId}/discard", ROW, null, OK, 404);
    ROUTES.put("get /admin/events/{id}", new Route("/admin/events/" + EVENT, null, 403, OK, 404));
    ROUTES.put(
        "get /admin/replays/{id}", new Route("/admin/replays/" + REPLAY, null, 403, OK, 404));
    ROUTES.put(
        "get /admin/events/{id}/payload",
        new Route("/admin/events/" + EVENT + "/payload", null, 403, OK, 404));
    ROUTES.put(
        "get /admin/issues/{fingerprint}",
        new Route("/admin/issues/" + SECRET, null, 403, OK, 404));
    action("post", "/admin/events/{id}/replay", EVENT, null, 202, 404);
    action("post", "/admin/events/{id}/discard", EVENT, null, OK, 404);
    action("post", "/admin/replays/{id}/pause", REPLAY, null, OK, 404);
    action("post", "/admin/replays/{id}/resume", REPLAY, null, 409, 404);
    action("post", "/admin/replays/{id}/cancel", REPLAY, null, OK, 404);
    action("patch", "/admin/issues/{fingerprint}", SECRET, "{\"state\":\"ACKNOWLEDGED\"}", OK, 404);
    action("post", "/process-event", "", "{\"eventId\":\"%s\"}".formatted(EVENT), 202, 404);
    action("post", "/process-batch", "", "{\"eventIds\":[\"%s\"]}".formatted(EVENT), 202, 404);
    list("/tasks");
    ROUTES.put("get /tasks/{id}", new Route("/tasks/" + TASK, null, 403, OK, 404));
    action("post", "/tasks/claim", "", "{\"kinds\":[\"other\"]}", OK, OK);
    action("post", "/tasks/{id}/extend", TASK, "{\"token\":1}", OK, 404);
    action("post", "/tasks/{id}/complete", TASK, "{\"token\":1}", OK, 404);
    action("post", "/tasks/{id}/fail", TASK, "{\"token\":1,\"reason\":\"r\"}", OK, 404);
    action("post", "/tasks/{id}/cancel", TASK, "{\"reason\":\"r\"}", OK, 404);
    list("/sagas");
    ROUTES.put("get /sagas/{saga}/{instance}", new Route("/sagas/s/" + SECRET, null, 403, OK, 404));
    action("post", "/sagas/{saga}/{instance}/retry", SECRET, null, 202, 404);
    action("post", "/sagas/{saga}/{instance}/cancel", SECRET, "{\"reason\":\"r\"}", 202, 404);
    // Of no event: what it would publish later is not to be taken for another test's.
    action(
        "post",
        "/admin/replays",
        "",
        "{\"filter\":{\"tenants\":[\"a\"],\"sources\":[\"none\"]}}",
        202,
        403);
  }

  /** Of those who are signed in to the console. */
  private static final Map<String, String> COOKIES = new HashMap<>();

  private static TestLedger ledger;
  private static RecordingPublisher publisher;
  private static RunningOperations running;
  private static TestClient client;

  private static void list(String path) {
    ROUTES.put("get " + path, new Route(path, null, 403, OK, OK));
  }

  private static void action(
      String method, String template, String id, String body, int operator, int foreign) {
    ROUTES.put(
        method + " " + template,
        new Route(template.replaceAll("\\{[a-zA-Z]+\\}", id), body, 403, operator, foreign));
  }

  /** All of those that show or change what tenants have. */
  static List<String> documentedRoutes() {
    List<String> routes = new ArrayList<>();
    OpenApiDocument.read()
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> routes.add(method + " " + path.getKey())));
    routes.removeIf(
        route ->
            route.matches(
                    "post /(events|webhooks).*|get /(whoami|health|livez|readyz|metrics|openapi.*)")
                || route.endsWith(" /")
                // They have tests of their own.
                || route.matches(".* /admin/(refused-events.*|events/stream)")
                || route.contains(" /console"));
    return routes;
  }

  @BeforeAll
  static void start() throws SQLException {
    ledger = TestLedger.create();
    publisher = new RecordingPublisher();
    running = RunningOperations.start(ledger, publisher);
    client = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  /** Everything there can be of tenant a, and an event of b's. */
  private static void fill() throws SQLException {
    ledger.empty();
    publisher.forget();
    ledger.letter("a", SECRET, SECRET);
    ledger.event("b", "other", "PROCESSED", null, TIME, "{}");
    ledger.execute(
        """
        INSERT INTO replays (
          tenant_id, replay_id, origin, filter, events_per_second, selected, requested_by,
          requested_by_tenant, request_id, next_attempt_at)
        VALUES ('a', ?::uuid, 'DEAD_LETTERS', '{"tenants":["a"]}', 1, 1, ?, 'a', 'r',
          now() + interval '1 hour')
        """,
        REPLAY,
        SECRET);
    ledger.execute(
        """
        INSERT INTO dry_runs (
          tenant_id, dry_run_id, origin, filter, selected, requested_by, requested_by_tenant)
        VALUES ('a', ?::uuid, 'DEAD_LETTERS', '{"tenants":["a"]}', 1, ?, 'a')
        """,
        REPLAY,
        SECRET);
    ledger.execute(
        """
        INSERT INTO outbox (
          tenant_id, event_id, source, event_type, aggregate, payload, refused_at, refusal)
        VALUES ('a', ?::uuid, 'shop', 'order.paid', ?, '{}', now(), 'refused')
        """,
        ROW,
        SECRET);
    ledger.execute(
        """
        INSERT INTO audit_records (
          tenant_id, actor, actor_tenant_id, action, target, outcome, request_id)
        VALUES ('a', ?, 'a', 'PAUSE_REPLAY', 'x', 'DONE', 'r')
        """,
        SECRET);
    ledger.task("a", SECRET, "research", 5, null);
    ledger.execute(
        "UPDATE tasks SET status = 'CLAIMED', lease_token = 1, leased_until = now() + '1 hour'");
    ledger.saga("a", "shop", "s", SECRET, "research", null);
    ledger.saga("a", "shop", SECRET, SECRET, "research", null);
  }

  /** What an action has started ends before the next test. */
  @AfterEach
  void awaitReplays() {
    await()
        .until(
            () ->
                ledger
                    .query(
                        "SELECT count(*) FROM replays WHERE lease_token IS NOT NULL"
                            + " OR (status = 'RUNNING' AND next_attempt_at <= now())")
                    .equals("0"));
  }

  private static String thingsOfA() throws SQLException {
    return ledger.query(
        """
        SELECT concat_ws(' ',
          (SELECT string_agg(l::text, ' ') FROM event_dead_letters l WHERE tenant_id = 'a'),
          (SELECT string_agg(r::text, ' ') FROM replays r WHERE tenant_id <> 'b'),
          (SELECT string_agg(d::text, ' ') FROM dry_runs d WHERE tenant_id <> 'b'),
          (SELECT string_agg(s::text, ' ') FROM issues s WHERE tenant_id = 'a'),
          (SELECT string_agg(t::text, ' ') FROM tasks t WHERE tenant_id = 'a'),
          (SELECT string_agg(o::text, ' ') FROM outbox o WHERE tenant_id = 'a'))
        """);
  }

  private static Answer call(String caller, String route, String parameters, String... headers) {
    Route known = ROUTES.get(route);
    String method = route.substring(0, route.indexOf(' ')).toUpperCase(Locale.ROOT);
    return client.send(caller, method, known.path() + parameters, known.body(), headers);
  }

  /** What {@code caller} gets by the console's cookie, which a browser has and nothing else. */
  private static Answer callByCookie(String caller, String route, String parameters) {
    String cookie = COOKIES.computeIfAbsent(caller, AccessMatrixIT::cookieOf);
    return call(NOBODY, route, parameters, "Cookie", cookie, "X-Tidegate-Console", "1");
  }

  private static String cookieOf(String caller) {
    Answer answer = client.send(caller, "POST", "/console/session", null);
    assertThat(answer.status()).isEqualTo(200);
    return answer.response().headers().firstValue("set-cookie").orElseThrow().split(";")[0];
  }

  private static String text(Answer answer) {
    return new String(answer.response().body(), StandardCharsets.UTF_8)
        + answer.response().headers().map();
  }

  @Test
  void theMatrixIsTheDocument() throws IOException {
    assertThat(ROUTES.keySet()).isEqualTo(new TreeSet<>(documentedRoutes()));
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void nobodyGetsAnything(String route) throws SQLException {
    fill();
    String before = thingsOfA();
    Answer answer = call(NOBODY, route, "");
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.response().headers().firstValue("www-authenticate")).isPresent();
    assertThat(thingsOfA()).isEqualTo(before);
    assertThat(ledger.query("SELECT count(*) FROM audit_records")).isEqualTo("1");
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void aUserGetsItsOwnEventsOnlyAndARefusalIsWrittenDown(String route) throws SQLException {
    fill();
    String before = thingsOfA();
    Answer answer = call(A_USER, route, "");
    assertThat(answer.status()).isEqualTo(ROUTES.get(route).user());
    assertThat(text(answer)).doesNotContain(SECRET);
    assertThat(thingsOfA()).isEqualTo(before);
    assertThat(publisher.all()).isEmpty();
    assertThat(
            ledger.query(
                "SELECT string_agg(concat_ws(' ', tenant_id, actor, outcome), ' ')"
                    + " FROM audit_records WHERE outcome = 'REFUSED'"))
        .isEqualTo(route.startsWith("get") ? null : "a ann REFUSED");
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void aWorkerGetsItsTenantsTasksAndIsAUserOtherwise(String route) throws SQLException {
    fill();
    boolean isWork = route.contains("/tasks") && !route.endsWith("/cancel");
    assertThat(call(A_WORKER, route, "").status())
        .isEqualTo(isWork ? ROUTES.get(route).operator() : ROUTES.get(route).user());
    String after = thingsOfA();
    Answer foreign = call(B_WORKER, route, "");
    assertThat(foreign.status())
        .isEqualTo(isWork ? ROUTES.get(route).foreign() : ROUTES.get(route).user());
    assertThat(text(foreign)).doesNotContain(SECRET);
    assertThat(thingsOfA()).isEqualTo(after);
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void aViewerSeesItsTenantsAndChangesNothing(String route) throws SQLException {
    fill();
    String before = thingsOfA();
    Answer answer = call(A_VIEWER, route, "");
    boolean reads = route.startsWith("get");
    assertThat(answer.status()).isEqualTo(reads ? ROUTES.get(route).operator() : 403);
    assertThat(thingsOfA()).isEqualTo(before);
    assertThat(publisher.all()).isEmpty();
    assertThat(
            ledger.query(
                "SELECT string_agg(concat_ws(' ', tenant_id, actor, outcome), ' ')"
                    + " FROM audit_records WHERE outcome = 'REFUSED'"))
        .isEqualTo(reads ? null : "a vera REFUSED");
  }

  /** The same for each of them as by a token; the tests of tokens tell what that is. */
  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void theCookieOfTheConsoleGetsWhatATokenGets(String route) throws SQLException {
    Route known = ROUTES.get(route);
    boolean isWork = route.contains("/tasks") && !route.endsWith("/cancel");
    boolean reads = route.startsWith("get");
    assertThat(call(NOBODY, route, "", "Cookie", "__Host-tidegate=none").status()).isEqualTo(401);
    assertCookieGets(A_USER, route, "", known.user());
    assertCookieGets(A_WORKER, route, "", isWork ? known.operator() : known.user());
    assertCookieGets(A_VIEWER, route, "", reads ? known.operator() : 403);
    assertCookieGets(B_OPERATOR, route, "", known.foreign());
    assertCookieGets(B_OPERATOR, route, "?tenant=a", 403);
    assertCookieGets(A_OPERATOR, route, "", known.operator());
    awaitReplays();
    assertCookieGets(PLATFORM, route, "?tenant=a", known.operator());
  }

  private static void assertCookieGets(String caller, String route, String parameters, int status)
      throws SQLException {
    fill();
    Answer answer = callByCookie(caller, route, parameters);
    assertThat(answer.status()).as(caller + ": " + answer.json()).isEqualTo(status);
    if (caller.equals(B_OPERATOR)) {
      assertThat(text(answer)).doesNotContain(SECRET);
    }
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void anOperatorGetsItsTenants(String route) throws SQLException {
    fill();
    Answer answer = call(A_OPERATOR, route, "");
    assertThat(answer.status())
        .as(answer.json().toString())
        .isEqualTo(ROUTES.get(route).operator());
    if (route.startsWith("get")
        && !route.matches(".*/(metrics|relay|overview|charts|tenants|sources)")) {
      assertThat(text(answer)).contains(SECRET);
    }
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void anotherTenantsOperatorGetsNothingOfIt(String route) throws SQLException {
    fill();
    String before = thingsOfA();
    Answer answer = call(B_OPERATOR, route, "");
    assertThat(answer.status()).isEqualTo(ROUTES.get(route).foreign());
    assertThat(text(answer)).doesNotContain(SECRET);
    if (route.endsWith("/relay")) {
      assertThat(answer.json().path("refused").asInt()).isZero();
    }
    if (route.endsWith("metrics")) {
      assertThat(answer.json().path("byStatus").has("DEAD_LETTER")).isFalse();
    }
    assertThat(thingsOfA()).isEqualTo(before);
    assertThat(publisher.all()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void namingTheTenantDoesNotHelp(String route) throws SQLException {
    fill();
    String before = thingsOfA();
    for (String caller : List.of(B_OPERATOR, "b/ann")) {
      Answer answer = call(caller, route, "?tenant=a");
      assertThat(answer.status()).isEqualTo(403);
      assertThat(text(answer)).doesNotContain(SECRET);
    }
    assertThat(thingsOfA()).isEqualTo(before);
    assertThat(publisher.all()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("documentedRoutes")
  void aPlatformOperatorGetsTheTenantItNames(String route) throws SQLException {
    fill();
    Answer answer = call(PLATFORM, route, "?tenant=a");
    assertThat(answer.status())
        .as(answer.json().toString())
        .isEqualTo(ROUTES.get(route).operator());
    if (route.startsWith("get")) {
      assertThat(text(call(PLATFORM, route, "?tenant=b"))).doesNotContain(SECRET);
    }
  }
}
