package dev.tidegate.gateway.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.tidegate.gateway.console.SignInGateway.token;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.Server;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.SameSiteAttribute;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.console.ConsoleConfiguration.Oidc;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.EventId;
import dev.tidegate.testing.Browser;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * People who sign in to the console in a real browser, and pages that try to act in their place.
 */
class SignInBrowserIT {
  private static final String AUDIT = "/console/audit";

  private static TestLedger ledger;

  @RegisterExtension final Browser browser = new Browser();
  @TempDir private Path folder;
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private OidcProvider provider;
  private SignInGateway gateway;

  @BeforeAll
  static void createLedger() {
    ledger = TestLedger.create();
  }

  @BeforeEach
  void start() throws Exception {
    ledger.empty();
    ledger.letter("acme", "n1", "f1");
    ledger.task("acme", "n1", "call", 5, null);
    provider = new OidcProvider();
    Path keys = folder.resolve("api-keys.yaml");
    SignInGateway.writeKeys(keys, Role.OPERATOR, "acme", "globex");
    gateway =
        SignInGateway.start(
            ledger,
            keys,
            now::get,
            new Oidc(
                provider.issuer(),
                OidcProvider.CLIENT_ID,
                Secret.of(OidcProvider.CLIENT_SECRET),
                "Acme",
                List.of("profile"),
                "org",
                "groups"));
  }

  @AfterEach
  void stop() {
    gateway.close();
    provider.close();
  }

  /** A page that nobody is signed in to: the browser tells of the answer 401. */
  private Page strangersPage() {
    browser.expectComplaint("401");
    return browser.page();
  }

  private static Locator heading(Page page, String name) {
    return page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(name).setLevel(1));
  }

  private static void assertSignedOut(Page page) {
    assertThat(heading(page, "Sign in to Tidegate")).isVisible();
  }

  private static void assertSignedIn(Page page) {
    assertThat(button(page, "Sign out")).isVisible();
  }

  private static Locator button(Page page, String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  private Page signedIn(String token) {
    Page page = strangersPage();
    page.navigate(gateway.address(AUDIT));
    assertSignedOut(page);
    page.getByLabel("Token or API key").fill(token);
    button(page, "Sign in").click();
    assertSignedIn(page);
    return page;
  }

  private String code(String token) {
    return gateway
        .client()
        .send("", "POST", "/console/codes", null, "Authorization", "Bearer " + token)
        .json()
        .path("code")
        .asText();
  }

  private String codePage(String code) {
    return gateway.address("/console/sign-in?returnTo=" + AUDIT + "#code=" + code);
  }

  private static int statusOf(Page page, String method, String path) {
    return ((Number)
            page.evaluate(
                """
                async ([method, path]) => (await fetch(path, {
                  method,
                  headers: {"X-Tidegate-Console": "1"},
                })).status
                """,
                List.of(method, path)))
        .intValue();
  }

  private static Cookie cookie(Page page) {
    return page.context().cookies().stream()
        .filter(cookie -> cookie.name.endsWith("tidegate"))
        .findFirst()
        .orElseThrow();
  }

  private static String openLetters() throws SQLException {
    return ledger.query("SELECT count(*) FROM event_dead_letters WHERE status = 'OPEN'");
  }

  @Test
  void aTokenSignsIn() {
    Page page = signedIn(token("acme", Role.OPERATOR, Duration.ofMinutes(5)));
    assertThat(page.url()).isEqualTo(gateway.address(AUDIT));
    assertThat(page.getByText("olga").first()).isVisible();
    Cookie cookie = cookie(page);
    assertThat(cookie.name).isEqualTo("__Host-tidegate");
    assertThat(cookie.secure).isTrue();
    assertThat(cookie.httpOnly).isTrue();
    assertThat(cookie.sameSite).isEqualTo(SameSiteAttribute.STRICT);
    assertThat(page.evaluate("document.cookie")).isEqualTo("");
    assertThat(page.evaluate("localStorage.length + sessionStorage.length")).isEqualTo(0);
    page.reload();
    assertSignedIn(page);
  }

  @Test
  void aWrongTokenDoesNot() {
    Page page = strangersPage();
    page.navigate(gateway.address(AUDIT));
    page.getByLabel("Token or API key").fill("wrong");
    button(page, "Sign in").click();
    assertThat(page.getByRole(AriaRole.ALERT)).isVisible();
    assertSignedOut(page);
    assertThat(Browser.barriers(page)).isEmpty();
    Browser.screenshot(page, "console-sign-in");
  }

  @Test
  void aCodeSignsInOnceAndDoesNotStayInTheAddress() {
    String code = code("acme");
    Page page = strangersPage();
    page.navigate(codePage(code));
    assertSignedIn(page);
    assertThat(page.url()).isEqualTo(gateway.address(AUDIT));

    page.context().clearCookies();
    page.navigate("about:blank");
    page.navigate(codePage(code));
    assertThat(page.getByText("used already")).isVisible();
    assertSignedOut(page);
  }

  @Test
  void aCodeIsGoodForAMinute() {
    String code = code("acme");
    now.set(now.get().plusSeconds(61));
    Page page = strangersPage();
    page.navigate(codePage(code));
    assertThat(page.getByText("older than a minute")).isVisible();
    assertSignedOut(page);
  }

  @Test
  void aSessionThatIsOverShowsTheSignIn() {
    Page page = signedIn(token("acme", Role.OPERATOR, Duration.ofMinutes(5)));
    now.set(now.get().plus(Duration.ofMinutes(6)));
    page.reload();
    assertSignedOut(page);
    page.getByLabel("Token or API key").fill("acme");
    button(page, "Sign in").click();
    assertSignedIn(page);
    assertThat(page.url()).isEqualTo(gateway.address(AUDIT));
  }

  @Test
  void signingOutEndsIt() {
    Page page = signedIn("acme");
    button(page, "Sign out").click();
    assertSignedOut(page);
    assertThat(page.context().cookies()).isEmpty();
    page.reload();
    assertSignedOut(page);
  }

  @Test
  void theOrganisationsOwnSignInLeadsBackToThePage() throws SQLException {
    Page page = strangersPage();
    page.navigate(gateway.address(AUDIT));
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Sign in with Acme")).click();
    assertSignedIn(page);
    assertThat(page.url()).isEqualTo(gateway.address(AUDIT));
    assertThat(page.getByText("oscar").first()).isVisible();
    assertThat(page.context().cookies())
        .extracting(cookie -> cookie.name)
        .containsExactly("__Host-tidegate");
    assertThat(
            ledger.query(
                "SELECT concat_ws(' ', tenant_id, actor, details->>'by') FROM audit_records"))
        .isEqualTo("acme oscar OIDC");
  }

  @Test
  void whatTheProviderSaysIsChecked() {
    Page page = strangersPage();
    String start = gateway.address("/console/oidc/start?returnTo=" + AUDIT);
    provider.changeClaims(claims -> claims.claim("nonce", "another sign-in's"));
    page.navigate(start);
    assertThat(page.getByText("Your account names no tenant here")).isVisible();
    provider.changeClaims(claims -> claims.audience("another client"));
    page.navigate(start);
    assertThat(page.getByText("Your account names no tenant here")).isVisible();
    provider.changeClaims(claims -> claims.claim("org", null));
    page.navigate(start);
    assertThat(page.getByText("Your account names no tenant here")).isVisible();
    provider.changeClaims(claims -> claims);
    // An answer to a sign-in that this browser has not begun.
    page.navigate(gateway.address("/console/oidc/callback?code=c&state=s"));
    assertThat(page.getByText("was begun in another window")).isVisible();
    provider.refuse();
    page.navigate(start);
    assertThat(page.getByText("The sign-in was refused")).isVisible();
    assertSignedOut(page);
    assertThat(page.context().cookies()).isEmpty();
  }

  /** Of another site, to which no cookie is sent; and of the same site, but another port. */
  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1"})
  void aForeignPageCannotAct(String host) throws SQLException {
    browser.expectComplaint("403");
    browser.expectComplaint("favicon.ico");
    browser.expectComplaint("CORS");
    browser.expectComplaint("net::ERR_FAILED");
    Page page = signedIn("acme");
    String discard =
        "/admin/events/%s/discard".formatted(SignInGateway.TOKENS.of("acme", "shop", "n1"));
    String target = gateway.address(discard);
    Server foreign =
        Server.builder()
            .http(0)
            .service(
                "/",
                (context, request) ->
                    HttpResponse.of(
                        MediaType.HTML_UTF_8,
                        """
                        <!doctype html><link rel="icon" href="data:,"><title>A trap</title>
                        <form method="post" enctype="text/plain" action="%s">
                          <input name="{}" value=""><button>Win</button></form>
                        """
                            .formatted(target)))
            .build();
    foreign.start().join();
    try {
      page.navigate("http://%s:%d/".formatted(host, foreign.activeLocalPort()));
      for (String mode : List.of("cors", "no-cors")) {
        for (String header : List.of("accept", "x-tidegate-console")) {
          page.evaluate(
              """
              ([target, mode, header]) => fetch(target, {
                method: "POST", mode, credentials: "include",
                headers: {[header]: "1"},
              }).catch(() => null)
              """,
              List.of(target, mode, header));
        }
      }
      button(page, "Win").click();
      page.waitForURL(target);
      assertThat(openLetters()).isEqualTo("1");
    } finally {
      foreign.stop().join();
    }
    // The console's own page can.
    page.navigate(gateway.address(AUDIT));
    assertSignedIn(page);
    assertThat(statusOf(page, "POST", discard)).isEqualTo(200);
    assertThat(openLetters()).isEqualTo("0");
  }

  @Test
  void anotherTenantsIdsAreNotThere() throws SQLException {
    browser.expectComplaint("404");
    browser.expectComplaint("403");
    Page page = signedIn("globex");
    String event = SignInGateway.TOKENS.of("acme", "shop", "n1");
    String task = EventId.ofEffect("acme", "shop", "n1", "order.paid", "call").toString();
    for (String path :
        List.of(
            "/admin/events/" + event,
            "/admin/events/" + event + "/payload",
            "/admin/issues/f1",
            "/events/" + event,
            "/tasks/" + task)) {
      assertThat(statusOf(page, "GET", path)).as(path).isEqualTo(404);
      assertThat(statusOf(page, "GET", path + "?tenant=acme")).as(path).isEqualTo(403);
    }
    assertThat(statusOf(page, "POST", "/admin/events/" + event + "/discard")).isEqualTo(404);
    assertThat(openLetters()).isEqualTo("1");
  }

  @Test
  void aViewerCannotAct() throws SQLException {
    browser.expectComplaint("403");
    Page page = signedIn(token("acme", Role.VIEWER, Duration.ofMinutes(5)));
    String event = "/admin/events/" + SignInGateway.TOKENS.of("acme", "shop", "n1");
    assertThat(statusOf(page, "GET", event)).isEqualTo(200);
    assertThat(statusOf(page, "POST", event + "/discard")).isEqualTo(403);
    assertThat(openLetters()).isEqualTo("1");
    assertThat(
            ledger.query(
                "SELECT concat_ws(' ', actor, action, outcome) FROM audit_records"
                    + " WHERE outcome = 'REFUSED'"))
        .isEqualTo("olga DISCARD_EVENT REFUSED");
  }
}
