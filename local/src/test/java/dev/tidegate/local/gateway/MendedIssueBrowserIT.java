package dev.tidegate.local.gateway;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SharedSystem;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Browser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From the letters of a mistake to none, in a browser and on a whole running system. */
public class MendedIssueBrowserIT {
  private static final int LETTERS = 12;
  private static final String OF_LETTERS =
      " FROM event_dead_letters WHERE notification_id LIKE 'venom-%'";

  @RegisterExtension final Browser browser = new Browser();

  private static RunningSystem running;
  private static ReachableSystem system;

  @BeforeAll
  static void find() throws Exception {
    running = SharedSystem.get().description();
    system = new ReachableSystem(running);
  }

  @Test
  void theLettersOfAMendedIssueAreRetriedFromThePreviewToZero() throws Exception {
    execute("ALTER TABLE containers ADD CONSTRAINT no_venom CHECK (number <> 'VENOM') NOT VALID");
    for (int i = 0; i < LETTERS; i++) {
      system.publish(
          """
          {"data":{"id":"%1$s","type":"webhook_notification","attributes":{"event":
           "container.created","created_at":"2026-01-31T10:00:00Z"}},"included":[{"id":"%1$s",
           "type":"container","attributes":{"number":"VENOM"}}]}
          """
              .formatted("venom-" + i)
              .getBytes(UTF_8),
          Map.of());
    }
    await()
        .untilAsserted(
            () ->
                assertThat(system.sql("SELECT status, count(*)" + OF_LETTERS + " GROUP BY 1"))
                    .containsExactly("OPEN|" + LETTERS));
    execute("ALTER TABLE containers DROP CONSTRAINT no_venom");
    List<String> fingerprints = system.sql("SELECT DISTINCT fingerprint" + OF_LETTERS);
    assertThat(fingerprints).hasSize(1);

    Page page = browser.page();
    page.navigate(
        "%s/console/sign-in?returnTo=/console/issues/%s#code=%s"
            .formatted(running.gatewayUrl(), fingerprints.get(0), code()));
    assertThat(page.getByText(LETTERS + " events", exactly())).isVisible();
    button(page, "Dry run").click();
    assertThat(page.getByText(LETTERS + " events would succeed, 0 would fail.")).isVisible();
    assertThat(page.getByText("containers", exactly())).isVisible();
    assertThat(system.sql("SELECT count(*) FROM containers WHERE number = 'VENOM'"))
        .containsExactly("0");

    button(page, "Retry and watch").click();
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Reason").fill("The constraint was a mistake.");
    dialog.locator("button[type=submit]").click();
    assertThat(page.getByText("No letter is open any more.")).isVisible();
    button(page, "Resolve the issue").click();
    assertThat(page.getByText("resolved", exactly()).first()).isVisible();

    assertThat(system.sql("SELECT status, count(*)" + OF_LETTERS + " GROUP BY 1"))
        .containsExactly("REPLAYED|" + LETTERS);
    assertThat(system.sql("SELECT count(*) FROM containers WHERE number = 'VENOM'"))
        .containsExactly(Integer.toString(LETTERS));
    assertThat(
            system.sql(
                "SELECT state FROM issues WHERE fingerprint = '%s'".formatted(fingerprints.get(0))))
        .containsExactly("RESOLVED");
  }

  private static Page.GetByTextOptions exactly() {
    return new Page.GetByTextOptions().setExact(true);
  }

  private static Locator button(Page page, String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** What {@code ./tidegate open} hands to a browser. */
  private static String code() throws IOException, InterruptedException {
    String token =
        new DevelopmentToken(
                "default", "olga", List.of(Role.OPERATOR), List.of(), Duration.ofMinutes(5))
            .sign(DevelopmentSecrets.in(SharedSystem.dataFolder()).tokenKey());
    return Json.parse(
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(URI.create(running.gatewayUrl() + "/console/codes"))
                        .header("Authorization", "Bearer " + token)
                        .POST(BodyPublishers.noBody())
                        .build(),
                    BodyHandlers.ofByteArray())
                .body())
        .path("code")
        .asText();
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(running.jdbcUrl(), running.jdbcUsername(), null);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
