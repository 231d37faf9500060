package dev.tidegate.gateway.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.testing.Browser;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The console's document in a browser, and that the browser tells what goes wrong in a page. */
class ConsoleBrowserIT {
  @RegisterExtension final Browser browser = new Browser();

  private static GatewayServer server;

  @BeforeAll
  static void start() {
    server = GatewayServer.start("127.0.0.1", 0, List.of(new ConsoleRoutes()));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String address(String path) {
    return "http://127.0.0.1:" + server.port() + path;
  }

  /** It asks who is signed in: this server does not know. */
  private Page opened(Page page) {
    browser.expectComplaint("404");
    page.navigate(address("/console/"));
    assertThat(page.getByRole(AriaRole.ALERT)).isVisible();
    return page;
  }

  @Test
  void itsModulesLoadUnderThePolicy() {
    Page page = opened(browser.page());
    assertThat(Browser.barriers(page)).isEmpty();
    Browser.darken(page);
    assertThat(Browser.barriers(page)).isEmpty();
  }

  @Test
  void itFitsAPhone() {
    Page page = opened(browser.phonePage());
    assertThat(Browser.overflow(page)).isZero();
  }

  @Test
  void thePolicyStopsWhatStandsInThePage() {
    browser.expectComplaint("script-src");
    browser.expectComplaint("Content Security Policy");
    Page page = opened(browser.page());
    page.evaluate(
        """
        () => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        }
        """);
    assertThat(page.evaluate("window.ran === true")).isEqualTo(false);
  }

  /** What fails a test otherwise. */
  @Test
  void complaintsOfPagesAreSeen() {
    Page page = opened(browser.page());
    page.evaluate("console.error('first'); setTimeout(() => { throw new Error('second') })");
    page.waitForCondition(() -> browser.complaints().size() >= 2);
    assertThat(browser.complaints()).anyMatch(text -> text.contains("first"));
    assertThat(browser.complaints()).anyMatch(text -> text.contains("second"));
    browser.expectComplaint("first");
    browser.expectComplaint("second");
  }
}
