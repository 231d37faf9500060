package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.RequestOptions;
import dev.tidegate.gateway.Extensions;
import dev.tidegate.gateway.Gateway;
import dev.tidegate.gateway.config.ConfigurationFile;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.testing.Browser;
import dev.tidegate.testing.PubsubRestClient;
import dev.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** A whole gateway on a test's ledger, with a Pub/Sub and a relay, and people who look at it. */
final class RunningConsole implements AutoCloseable {
  private static final int HTTP_OK = 200;
  private static final String EVENT_ID_KEY = "0123456789abcdef0123456789abcdef";

  /** Somebody who may sign in. */
  enum Person {
    /** Looks at tenant a. */
    VERA("a", "VIEWER"),
    /** Acts on tenant a. */
    OLGA("a", "OPERATOR"),
    /** Acts on tenant b. */
    OTTO("b", "OPERATOR"),
    /** Acts on all tenants. */
    PAUL("house", "PLATFORM_OPERATOR");

    private final String tenant;
    private final String role;

    Person(String tenant, String role) {
      this.tenant = tenant;
      this.role = role;
    }

    /** What they sign in with. */
    String key() {
      return "the key of " + name();
    }

    private Map<String, ?> configured() {
      return Map.of(
          "id",
          name().toLowerCase(Locale.ROOT),
          "sha256",
          Sha256.hexOf(key().getBytes(UTF_8)),
          "tenant",
          tenant,
          "roles",
          List.of(role));
    }
  }

  final TestLedger ledger = TestLedger.create();
  private final EventToken tokens = new EventToken(Secret.of(EVENT_ID_KEY));
  private final EmbeddedPubsub pubsub;
  private final Gateway gateway;

  private RunningConsole(Path folder) throws IOException {
    pubsub = EmbeddedPubsub.start(Files.createDirectories(folder.resolve("pubsub")), 0);
    new PubsubRestClient(pubsub.endpoint()).createTopicAndSubscription();
    gateway =
        Gateway.start(
            ConfigurationFile.read(
                "a test's configuration",
                Map.of(
                    "host",
                    "127.0.0.1",
                    "port",
                    0,
                    "pubsub",
                    Map.of(
                        "project", "local-dev", "topic", "events", "endpoint", pubsub.endpoint()),
                    "database",
                    Map.of("jdbcUrl", ledger.jdbcUrl(), "username", TestDatabase.USERNAME),
                    "spool",
                    Map.of("folder", folder.resolve("spool").toString()),
                    "relay",
                    Map.of(),
                    "authentication",
                    Map.of(
                        "apiKeys", Arrays.stream(Person.values()).map(Person::configured).toList()),
                    "console",
                    Map.of("sessionKeys", List.of("env:SESSION_KEY")),
                    "eventIdKey",
                    "env:EVENT_ID_KEY"),
                Map.of("EVENT_ID_KEY", EVENT_ID_KEY, "SESSION_KEY", EVENT_ID_KEY),
                source -> null),
            new GatewayMetrics(),
            Extensions.NONE);
  }

  static RunningConsole start(Path folder) throws IOException {
    return new RunningConsole(folder);
  }

  /** Where {@code path} is. */
  String address(String path) {
    return "http://127.0.0.1:" + gateway.port() + path;
  }

  /** What the console calls an event of the source {@code shop}. */
  String eventId(String tenant, String notificationId) {
    return tokens.of(tenant, "shop", notificationId);
  }

  /** Signs {@code person} in with {@code page}'s browser, and opens a page of the console. */
  void open(Page page, Person person, String path) {
    signIn(page, person.key());
    page.navigate(address("/console" + path));
  }

  /**
   * Has {@code person} look at a page, by day, by night and on a phone: everybody can use it.
   *
   * @param heading begins the page's
   * @param text is shown once the page has loaded
   * @param picture of the docs
   */
  void look(
      Browser browser, Person person, String path, String heading, String text, String picture) {
    Page page = browser.page();
    open(page, person, path);
    PlaywrightAssertions.assertThat(
            page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
        .containsText(heading);
    Locator loaded = page.getByRole(AriaRole.MAIN).getByText(text).first();
    PlaywrightAssertions.assertThat(loaded).isVisible();
    PlaywrightAssertions.assertThat(page).hasTitle(Pattern.compile(heading + ".* – Tidegate"));
    assertThat(Browser.barriers(page)).isEmpty();
    Browser.screenshot(page, "console-" + picture);
    Browser.darken(page);
    assertThat(Browser.barriers(page)).isEmpty();
    page.setViewportSize(Browser.PHONE_WIDTH, 740);
    PlaywrightAssertions.assertThat(loaded).isVisible();
    assertThat(Browser.overflow(page)).isZero();
  }

  static Locator button(Page page, String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** Of the list of that name. */
  static Locator rows(Page page, String list) {
    return page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName(list).setExact(true))
        .locator("tbody tr");
  }

  /** Says why in the dialog that is open, and does it. */
  static void confirm(Page page, String label, String reason) {
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Reason").fill(reason);
    dialog
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(label).setExact(true))
        .click();
    PlaywrightAssertions.assertThat(dialog).isHidden();
  }

  /** Signs {@code page}'s browser in by a token or key, as the page of the sign-in does. */
  void signIn(Page page, String token) {
    int status =
        page.context()
            .request()
            .post(
                address("/console/session"),
                RequestOptions.create().setHeader("Authorization", "Bearer " + token))
            .status();
    if (status != HTTP_OK) {
      throw new IllegalStateException("The sign-in is answered " + status);
    }
  }

  @Override
  public void close() {
    gateway.close();
    pubsub.close();
  }
}
