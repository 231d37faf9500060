package dev.tidegate.gateway.console;

import static dev.tidegate.gateway.console.SignInGateway.KEY;
import static dev.tidegate.gateway.console.SignInGateway.OTHER_KEY;
import static dev.tidegate.gateway.console.SignInGateway.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions of the console over HTTP: what begins one, what it is good for, and what ends it. */
class SignInIT {
  private static final String CONSOLE = "X-Tidegate-Console";
  private static TestLedger ledger;

  @TempDir private Path folder;
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final InstantSource clock = now::get;
  private Path keys;
  private SignInGateway gateway;

  @BeforeAll
  static void createLedger() {
    ledger = TestLedger.create();
  }

  @BeforeEach
  void start() throws SQLException {
    ledger.execute("TRUNCATE console_codes, audit_records");
    keys = folder.resolve("api-keys.yaml");
    SignInGateway.writeKeys(keys, Role.OPERATOR, "acme", "globex");
    gateway = SignInGateway.start(ledger, keys, clock, KEY);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private Answer signIn(String token, String... headers) {
    return signIn(gateway, token, headers);
  }

  private static Answer signIn(SignInGateway gateway, String token, String... headers) {
    return send(gateway, "POST", "/console/session", null, with(headers, bearer(token)));
  }

  private static String[] bearer(String token) {
    return new String[] {"Authorization", "Bearer " + token};
  }

  private static String[] with(String[] some, String... more) {
    String[] all = new String[some.length + more.length];
    System.arraycopy(some, 0, all, 0, some.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  private static Answer send(
      SignInGateway gateway, String method, String path, String body, String... headers) {
    return gateway.client().send("", method, path, body, headers);
  }

  private static String setCookie(Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    return answer.response().headers().firstValue("set-cookie").orElseThrow();
  }

  private static String cookie(Answer answer) {
    return setCookie(answer).split(";")[0];
  }

  private Answer whoami(String cookie) {
    return send(gateway, "GET", "/whoami", null, "Cookie", cookie);
  }

  private Answer change(String cookie, String... headers) {
    return send(
        gateway,
        "PATCH",
        "/admin/issues/none",
        "{\"state\":\"RESOLVED\"}",
        with(headers, "Cookie", cookie));
  }

  private String code(String token) {
    Answer answer = send(gateway, "POST", "/console/codes", null, bearer(token));
    assertThat(answer.status()).isEqualTo(200);
    return answer.json().path("code").asText();
  }

  private static Answer signInByCode(SignInGateway gateway, String code) {
    return send(gateway, "POST", "/console/session", "{\"code\":\"%s\"}".formatted(code));
  }

  @Test
  void aTokenBecomesASealedCookieThatIsGoodForNoLonger() {
    Answer answer = signIn(token("acme", Role.OPERATOR, Duration.ofMinutes(5)));
    assertThat(setCookie(answer))
        .matches(
            "__Host-tidegate=[A-Za-z0-9_.-]+; Path=/; Max-Age=(29[0-9]|300);"
                + " HttpOnly; SameSite=Strict; Secure");
    assertThat(answer.json().path("tenant").asText()).isEqualTo("acme");
    assertThat(answer.json().path("subject").asText()).isEqualTo("olga");
    Instant expiresAt = Instant.parse(answer.json().path("expiresAt").asText());
    assertThat(expiresAt).isBefore(now.get().plus(Duration.ofMinutes(6)));
    Answer whoami = whoami(cookie(answer));
    assertThat(whoami.json().path("roles").toString()).isEqualTo("[\"OPERATOR\"]");
    assertThat(Instant.parse(whoami.json().path("expiresAt").asText()))
        .isBeforeOrEqualTo(expiresAt.plusSeconds(1));

    now.set(now.get().plus(Duration.ofMinutes(6)));
    assertThat(whoami(cookie(answer)).status()).isEqualTo(401);
  }

  @Test
  void noSessionLastsLongerThanEightHours() {
    for (String credential : List.of("acme", token("acme", Role.VIEWER, Duration.ofDays(30)))) {
      now.set(Instant.now());
      String cookie = cookie(signIn(credential));
      assertThat(whoami(cookie).status()).isEqualTo(200);
      now.set(now.get().plus(Duration.ofHours(8)).minusSeconds(5));
      assertThat(whoami(cookie).status()).isEqualTo(200);
      now.set(now.get().plusSeconds(10));
      assertThat(whoami(cookie).status()).isEqualTo(401);
    }
  }

  @Test
  void aSessionEndsWithItsKeyAndHasTheRolesThatTheKeyHasNow() {
    String acme = cookie(signIn("acme"));
    String globex = cookie(signIn("globex"));
    SignInGateway.writeKeys(keys, Role.VIEWER, "globex");
    await().until(() -> whoami(acme).status() == 401);
    assertThat(whoami(globex).json().path("roles").toString()).isEqualTo("[\"VIEWER\"]");
  }

  @Test
  void everyGatewayWithTheKeyKnowsASessionAndAKeyCanBeReplaced() {
    String cookie = cookie(signIn("acme"));
    try (SignInGateway replacing = SignInGateway.start(ledger, keys, clock, OTHER_KEY, KEY);
        SignInGateway replaced = SignInGateway.start(ledger, keys, clock, OTHER_KEY)) {
      assertThat(send(replacing, "GET", "/whoami", null, "Cookie", cookie).status()).isEqualTo(200);
      assertThat(send(replaced, "GET", "/whoami", null, "Cookie", cookie).status()).isEqualTo(401);
      String later = cookie(signIn(replacing, "acme"));
      assertThat(send(replaced, "GET", "/whoami", null, "Cookie", later).status()).isEqualTo(200);
      assertThat(whoami(later).status()).isEqualTo(401);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "none", "a.b.c.d.e", "eyJhbGciOiJub25lIn0.e30.", "{}"})
  void whatNobodyHasSealedIsNoSession(String value) {
    assertThat(whoami("__Host-tidegate=" + value).status()).isEqualTo(401);
    String cookie = cookie(signIn("acme"));
    int middle = cookie.length() / 2;
    char other = cookie.charAt(middle) == 'A' ? 'B' : 'A';
    String changed = cookie.substring(0, middle) + other + cookie.substring(middle + 1);
    assertThat(whoami(changed).status()).isEqualTo(401);
  }

  /** A code's text in the database, and a request to a provider, are sealed for other purposes. */
  @Test
  void whatIsSealedForSomethingElseIsNoSession() throws SQLException {
    code("acme");
    String sealed = ledger.query("SELECT session FROM console_codes");
    assertThat(whoami("__Host-tidegate=" + sealed).status()).isEqualTo(401);
  }

  @Test
  void whatTakesEventsInKnowsNoCookie() {
    String cookie = cookie(signIn("acme"));
    String event = "{\"eventType\":\"order.paid\",\"payload\":{}}";
    for (String path : List.of("/events", "/events/batch")) {
      Answer answer = send(gateway, "POST", path, event, "Cookie", cookie, CONSOLE, "1");
      assertThat(answer.status()).as(path).isEqualTo(401);
    }
    assertThat(gateway.publisher.all()).isEmpty();
    assertThat(
            send(gateway, "POST", "/console/codes", null, "Cookie", cookie, CONSOLE, "1").status())
        .isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "Origin, https://evil.example",
    "Origin, null",
    "Origin, http://127.0.0.1:1",
    "Sec-Fetch-Site, cross-site",
    "Sec-Fetch-Site, same-site",
    "Sec-Fetch-Site, none"
  })
  void aPageOfAnotherSiteCannotAct(String header, String value) throws SQLException {
    String cookie = cookie(signIn("acme"));
    Answer answer = change(cookie, CONSOLE, "1", header, value);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.json().path("detail").asText()).contains("a page of another site");
    assertThat(
            send(
                    gateway,
                    "DELETE",
                    "/console/session",
                    null,
                    "Cookie",
                    cookie,
                    CONSOLE,
                    "1",
                    header,
                    value)
                .status())
        .isEqualTo(403);
    assertThat(signIn("acme", header, value).status()).isEqualTo(403);
    assertThat(whoami(cookie).status()).isEqualTo(200);
    assertThat(ledger.query("SELECT count(*) FROM audit_records WHERE action <> 'SIGN_IN'"))
        .isEqualTo("0");
  }

  @Test
  void onlyTheConsoleActsByTheCookie() {
    String cookie = cookie(signIn("acme"));
    Answer answer = change(cookie);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.json().path("detail").asText()).contains("X-Tidegate-Console: 1");
    // It is let through, to an issue that is not there.
    assertThat(change(cookie, CONSOLE, "1").status()).isEqualTo(404);
    assertThat(
            change(
                    cookie,
                    CONSOLE,
                    "1",
                    "Origin",
                    "http://localhost:" + gateway.port(),
                    "Sec-Fetch-Site",
                    "same-origin")
                .status())
        .isEqualTo(404);
    // Whoever shows a token is no browser.
    assertThat(
            send(gateway, "PATCH", "/admin/issues/none", "{\"state\":\"RESOLVED\"}", bearer("acme"))
                .status())
        .isEqualTo(404);
  }

  @Test
  void aCodeIsGoodOnceAtAnyGatewayAndIsNotKept() throws SQLException {
    String code = code(token("acme", Role.VIEWER, Duration.ofMinutes(30)));
    assertThat(code).hasSizeGreaterThanOrEqualTo(43);
    assertThat(ledger.query("SELECT string_agg(c::text, '') FROM console_codes c"))
        .doesNotContain(code)
        .doesNotContain("acme");
    try (SignInGateway another = SignInGateway.start(ledger, keys, clock, KEY)) {
      Answer answer = signInByCode(another, code);
      assertThat(answer.json().path("roles").toString()).isEqualTo("[\"VIEWER\"]");
      assertThat(Instant.parse(answer.json().path("expiresAt").asText()))
          .isBefore(now.get().plus(Duration.ofMinutes(31)));
      assertThat(whoami(cookie(answer)).json().path("subject").asText()).isEqualTo("olga");
    }
    Answer again = signInByCode(gateway, code);
    assertThat(again.status()).isEqualTo(401);
    assertThat(again.json().path("detail").asText()).contains("used already");
    assertThat(signInByCode(gateway, "none").status()).isEqualTo(401);
  }

  @Test
  void aCodeIsGoodForAMinuteAndAsLongAsItsKey() throws SQLException {
    String slow = code("acme");
    now.set(now.get().plusSeconds(59));
    String other = code("acme");
    now.set(now.get().plusSeconds(2));
    assertThat(signInByCode(gateway, slow).status()).isEqualTo(401);
    String late = code("globex");
    code("globex");
    assertThat(ledger.query("SELECT count(*) FROM console_codes")).isEqualTo("3");
    now.set(now.get().plusSeconds(60));
    code("acme");
    assertThat(ledger.query("SELECT count(*) FROM console_codes")).isEqualTo("1");
    assertThat(signInByCode(gateway, other).status()).isEqualTo(401);
    assertThat(signInByCode(gateway, late).status()).isEqualTo(401);

    String revoked = code("acme");
    SignInGateway.writeKeys(keys, Role.OPERATOR, "globex");
    await().until(() -> send(gateway, "GET", "/whoami", null, bearer("acme")).status() == 401);
    assertThat(signInByCode(gateway, revoked).status()).isEqualTo(401);
  }

  @Test
  void guessingIsSlow() {
    Answer last = null;
    for (int i = 0; i < 60 && (last == null || last.status() == 401); i++) {
      last = signInByCode(gateway, "guess" + i);
    }
    assertThat(last.status()).isEqualTo(429);
    assertThat(last.response().headers().firstValue("retry-after")).isPresent();
    assertThat(signIn("wrong").status()).isEqualTo(429);
  }

  @Test
  void signingInAndOutIsWrittenDown() throws SQLException {
    String cookie = cookie(signIn("acme"));
    signInByCode(gateway, code("acme"));
    Answer out = send(gateway, "DELETE", "/console/session", null, "Cookie", cookie, CONSOLE, "1");
    assertThat(setCookie(out))
        .isEqualTo("__Host-tidegate=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
    assertThat(send(gateway, "DELETE", "/console/session", null, CONSOLE, "1").status())
        .isEqualTo(200);
    assertThat(
            ledger.query(
                "SELECT string_agg(concat_ws(' ', tenant_id, actor, action, details->>'by'), ', '"
                    + " ORDER BY recorded_at) FROM audit_records"))
        .isEqualTo(
            "acme acme SIGN_IN TOKEN, acme acme MAKE_SIGN_IN_CODE, acme acme SIGN_IN CODE,"
                + " acme acme SIGN_OUT");
  }

  @Test
  void overPlainHttpFromElsewhereTheCookieHasAnotherName() {
    String origin = "http://gateway.example:8080";
    Answer answer = signIn("acme", "Origin", "http://localhost:" + gateway.port());
    assertThat(setCookie(answer)).startsWith("__Host-tidegate=").endsWith("; Secure");
    assertThat(
            SessionCookie.SESSION.set(headers(origin), Optional.empty(), "v", Duration.ofHours(1)))
        .isEqualTo("tidegate=v; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict");
    assertThat(
            SessionCookie.SESSION.set(
                headers("https://gateway.example"), Optional.empty(), "v", Duration.ofHours(1)))
        .isEqualTo("__Host-tidegate=v; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure");
    String value = cookie(answer).substring("__Host-".length());
    assertThat(whoami(value).status()).isEqualTo(200);
    // From a page that would have the secure one, a neighbour may have planted it.
    assertThat(
            send(gateway, "GET", "/whoami", null, "Cookie", value, "Sec-Fetch-Site", "same-origin")
                .status())
        .isEqualTo(401);
  }

  private static RequestHeaders headers(String origin) {
    return RequestHeaders.of(HttpMethod.POST, "/console/session", "origin", origin);
  }

  @Test
  void withoutAKeyNobodySignsInAndTheGatewaySaysSo() {
    try (SignInGateway closed = SignInGateway.start(ledger, keys, clock)) {
      Answer answer = signIn(closed, "acme");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.json().path("detail").asText()).contains("console.sessionKeys");
      assertThat(
              send(closed, "GET", "/console/configuration", null).json().path("problem").asText())
          .contains("console.sessionKeys");
    }
    assertThat(send(gateway, "GET", "/console/configuration", null).json().toString())
        .isEqualTo("{\"developmentCommand\":\"./tidegate open\"}");
    assertThat(send(gateway, "GET", "/console/oidc/start", null).status()).isEqualTo(404);
  }
}
