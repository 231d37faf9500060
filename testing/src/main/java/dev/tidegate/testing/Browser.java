package dev.tidegate.testing;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real browser for tests, by {@code @RegisterExtension}: Chromium without a window. Each test has
 * a profile of its own. A test fails on whatever a page complains of: an error on its console, a
 * breach of its content security policy, an exception that nobody catches. Where there is no
 * Chromium, tests are skipped.
 */
public final class Browser implements BeforeEachCallback, AfterEachCallback {
  /** Of a phone. */
  public static final int PHONE_WIDTH = 360;

  private static final int PHONE_HEIGHT = 740;
  private static final int WIDTH = 1280;
  private static final int HEIGHT = 900;

  /** Far longer than a page takes, so that a busy machine fails no test. */
  private static final double MILLIS_OF_PATIENCE = 60_000;

  private static final List<String> ACCESSIBILITY_RULES =
      List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa");

  /** Have tests that show a page write its picture. */
  private static final String SCREENSHOTS = "tidegate.screenshots";

  private static final Path PICTURES = Repository.ROOT.resolve("docs/images");

  /** A page reports breaches of its content security policy to a listener; this makes it do so. */
  private static final String REPORT_BREACHES =
      """
      document.addEventListener("securitypolicyviolation", breach =>
        console.error("content security policy: " + breach.violatedDirective
          + " forbids " + (breach.blockedURI || "what stands in the page")));
      """;

  private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
  private final List<String> expected = new ArrayList<>();
  private BrowserContext profile;

  /** The one browser of this JVM. Its process ends with the JVM's. */
  private static final class Chromium {
    static final Playwright PLAYWRIGHT =
        Playwright.create(new Playwright.CreateOptions().setEnv(environment()));
    static final com.microsoft.playwright.Browser BROWSER =
        PLAYWRIGHT
            .chromium()
            .launch(
                new LaunchOptions()
                    .setExecutablePath(executable().orElseThrow())
                    .setArgs(
                        System.getProperty("user.name").equals("root")
                            ? List.of("--no-sandbox")
                            : List.of()));

    private static Map<String, String> environment() {
      Map<String, String> environment = new HashMap<>(System.getenv());
      environment.put("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
      return environment;
    }
  }

  private static Optional<Path> executable() {
    return Optional.of(Path.of(System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium")))
        .filter(Files::isExecutable);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    Assumptions.assumeTrue(
        executable().isPresent(),
        "There is no Chromium: install the package chromium, or say in CHROMIUM where it is.");
    PlaywrightAssertions.setDefaultAssertionTimeout(MILLIS_OF_PATIENCE);
    complaints.clear();
    expected.clear();
    profile = profile(options());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (profile == null) {
      return;
    }
    profile.close();
    profile = null;
    if (context.getExecutionException().isEmpty()) {
      Assertions.assertEquals(List.of(), complaints(), "what the pages complained of");
    }
  }

  private static com.microsoft.playwright.Browser.NewContextOptions options() {
    return new com.microsoft.playwright.Browser.NewContextOptions()
        .setViewportSize(WIDTH, HEIGHT)
        .setLocale("en-GB")
        .setTimezoneId("UTC");
  }

  private BrowserContext profile(com.microsoft.playwright.Browser.NewContextOptions options) {
    BrowserContext made = Chromium.BROWSER.newContext(options);
    made.addInitScript(REPORT_BREACHES);
    made.onConsoleMessage(
        message -> {
          // Chromium asks for an icon by itself where a document names none.
          if (message.type().equals("error") && !message.location().contains("/favicon.ico")) {
            complaints.add(message.text() + " " + message.location());
          }
        });
    made.onWebError(error -> complaints.add(error.error()));
    return made;
  }

  /** A new page of the test's profile. */
  public Page page() {
    return profile.newPage();
  }

  /** The same on a phone. */
  public Page phonePage() {
    Page page = page();
    page.setViewportSize(PHONE_WIDTH, PHONE_HEIGHT);
    return page;
  }

  /** The test's profile: its cookies, for example. */
  public BrowserContext profile() {
    return profile;
  }

  /** Has {@code page} think that the system is dark. */
  public static void darken(Page page) {
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
  }

  /** Lets pages complain of what has {@code text} in it: the test asks for it. */
  public void expectComplaint(String text) {
    expected.add(text);
  }

  /** What pages have complained of and the test did not expect. */
  public List<String> complaints() {
    synchronized (complaints) {
      return complaints.stream()
          .filter(complaint -> expected.stream().noneMatch(complaint::contains))
          .toList();
    }
  }

  /** What of {@code page} breaks the WCAG's rules, levels A and AA: an empty list is good. */
  public static List<String> barriers(Page page) {
    return new AxeBuilder(page)
        .withTags(ACCESSIBILITY_RULES).analyze().getViolations().stream()
            .map(Browser::describe)
            .toList();
  }

  private static String describe(Rule rule) {
    return "%s: %s: %s"
        .formatted(
            rule.getId(),
            rule.getHelp(),
            rule.getNodes().stream().map(node -> node.getTarget() + " " + node.getHtml()).toList());
  }

  /** How much wider than its window {@code page} is: nobody likes to push pages about. */
  public static int overflow(Page page) {
    return ((Number)
            page.evaluate("document.documentElement.scrollWidth - document.body.clientWidth"))
        .intValue();
  }

  /**
   * Writes a picture of what {@code page} shows into the docs, where {@code
   * -Dtidegate.screenshots=true} says so.
   *
   * @param name of the file, without its ending
   */
  public static void screenshot(Page page, String name) {
    if (Boolean.getBoolean(SCREENSHOTS)) {
      page.screenshot(
          new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")).setFullPage(true));
    }
  }
}
