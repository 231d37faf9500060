package dev.tidegate.gateway.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.tidegate.gateway.console.RunningConsole.Person.OLGA;
import static dev.tidegate.gateway.console.RunningConsole.Person.PAUL;
import static dev.tidegate.gateway.console.RunningConsole.Person.VERA;
import static dev.tidegate.gateway.console.RunningConsole.button;
import static dev.tidegate.gateway.console.RunningConsole.confirm;
import static dev.tidegate.gateway.console.RunningConsole.rows;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.tidegate.testing.Browser;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Issues, replays and dry runs in a browser. */
class RepairPagesBrowserIT {
  private static final String DRY_RUN = "11111111-1111-4111-8111-111111111111";
  private static final String REPLAY = "22222222-2222-4222-8222-222222222222";

  @RegisterExtension final Browser browser = new Browser();

  @TempDir private static Path folder;
  private static RunningConsole console;

  @BeforeAll
  static void start() throws Exception {
    console = RunningConsole.start(folder);
  }

  @AfterAll
  static void stop() {
    console.close();
  }

  @BeforeEach
  void write() throws SQLException {
    console.ledger.empty();
    console.ledger.letters("a", 40);
    console.ledger.letter("b", "n000", "f0");
    console.ledger.execute(
        """
        INSERT INTO replays (
          tenant_id, tenant_scope, replay_id, status, origin, filter, cause, events_per_second,
          selected, published, requested_by, requested_by_tenant, request_id, finished_at)
        VALUES ('a', '{a}', ?::uuid, 'COMPLETED', 'DEAD_LETTERS', '{"fingerprints": ["f7"]}',
          'the schema is mended', 50, 12, 12, 'olga', 'a', 'request', now())
        """,
        REPLAY);
    console.ledger.execute(
        """
        INSERT INTO dry_runs (
          tenant_id, dry_run_id, status, origin, filter, selected, done, result, requested_by,
          requested_by_tenant, finished_at)
        VALUES ('a', ?::uuid, 'COMPLETED', 'DEAD_LETTERS', '{"fingerprints": ["f0"]}', 415, 415,
          ?::jsonb, 'olga', 'a', now())
        """,
        DRY_RUN,
        """
        {"succeeded": 412, "failed": 3,
         "failures": [{"stage": "Validate", "errorClass": "INVALID", "message": "/total: it must be a number",
           "fingerprint": "f0", "events": 3, "sample": "%s"}],
         "effects": [{"kind": "TASK", "type": "call the customer", "events": 2}],
         "tables": [{"table": "orders", "rowsAdded": 1, "rowsChanged": 1, "rowsSame": 410, "rowsOnlyRebuild": 1, "rows": [
           {"key": {"order_id": "7"}, "change": "ADDED", "columns": [{"name": "total", "before": null, "after": "10.50"}]},
           {"key": {"order_id": "8"}, "change": "CHANGED", "columns": [{"name": "status", "before": "open", "after": "paid"}]},
           {"key": {"order_id": "9"}, "change": "REBUILD", "columns": [{"name": "city", "before": "Ulm", "after": "Bonn"}]}]}]}
        """
            .formatted(console.eventId("a", "n000")));
  }

  private Page open(RunningConsole.Person person, String path) {
    Page page = browser.page();
    console.open(page, person, path);
    return page;
  }

  @ParameterizedTest
  @CsvSource({
    "/issues, Issues, a rule is broken, issues",
    "/issues/f0, invalid in shop, 20 events, issue",
    "/replays, Replays, the schema is mended, replays",
    "/replays?form=new, Replays, Separate several names, replay-form",
    "/replays/" + REPLAY + ", Replay of dead letters, the schema is mended, replay",
    "/what-if, What-if, 415, what-if",
    "/what-if/" + DRY_RUN + ", Dry run of dead letters, Bonn, dry-run",
  })
  void eachPageShowsWhatIsThereToEveryone(String path, String heading, String text, String name) {
    console.look(browser, OLGA, path, heading, text, name);
  }

  @Test
  void whoMayOnlyLookSeesNoButtonThatActs() {
    Page page = open(VERA, "/issues/f0");
    assertThat(page.getByText("Operators can retry or discard 20 letters.")).isVisible();
    for (String name :
        new String[] {
          "Retry all", "Retry and watch", "Discard all", "Dry run", "Resolve", "Save"
        }) {
      assertThat(button(page, name)).hasCount(0);
    }
    page.navigate(console.address("/console/replays"));
    assertThat(rows(page, "Replays")).hasCount(1);
    assertThat(button(page, "New replay")).hasCount(0);
    page.navigate(console.address("/console/what-if"));
    assertThat(rows(page, "Dry runs")).hasCount(1);
    assertThat(button(page, "Dry run")).hasCount(0);
  }

  @Test
  void anIssueIsFoundByKeysOwnedAndResolved() throws SQLException {
    Page page = open(OLGA, "/issues?errorClass=INVALID");
    assertThat(rows(page, "Issues")).hasCount(2);
    page.keyboard().press("j");
    page.keyboard().press("j");
    page.keyboard().press("Enter");
    assertThat(page).hasURL(Pattern.compile("/issues/f[01]$"));

    page.getByLabel("Owner").fill("olga");
    page.getByLabel("Note").fill("The sender leaves the total out.");
    button(page, "Save").click();
    button(page, "Acknowledge").click();
    page.getByRole(AriaRole.DIALOG).locator("button[type=submit]").click();
    assertThat(page.getByText("acknowledged").first()).isVisible();
    page.reload();
    assertThat(page.getByLabel("Owner")).hasValue("olga");
    assertThat(page.getByLabel("Note")).hasValue("The sender leaves the total out.");
    Assertions.assertThat(console.ledger.query("SELECT state FROM issues WHERE owner = 'olga'"))
        .isEqualTo("ACKNOWLEDGED");
    page.navigate(console.address("/console/issues?owner=olga"));
    assertThat(rows(page, "Issues")).hasCount(1);
  }

  @Test
  void allLettersOfAnIssueAreRetriedWhileThePageWatches() throws SQLException {
    Page page = open(OLGA, "/issues/f0");
    button(page, "Retry and watch").click();
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    assertThat(dialog).containsText("Retry 20 letters");
    confirm(page, "Retry and watch", "the sender is mended");
    assertThat(page).hasURL(Pattern.compile("replay="));
    assertThat(button(page, "Done")).isVisible();
    assertThat(page.getByText("20 still open")).isVisible();
    // What the pipeline does once it has taken the events.
    console.ledger.execute(
        "UPDATE event_dead_letters SET status = 'REPLAYED', replayed_at = now()"
            + " WHERE tenant_id = 'a' AND fingerprint = 'f0'");
    assertThat(page.getByText("No letter is open any more.")).isVisible();
    button(page, "Resolve the issue").click();
    assertThat(page.getByText("resolved").first()).isVisible();
    Assertions.assertThat(
            console.ledger.query(
                "SELECT cause || ' ' || published FROM replays WHERE filter @>"
                    + " '{\"fingerprints\": [\"f0\"]}'"))
        .isEqualTo("the sender is mended 20");
    Assertions.assertThat(
            console.ledger.query(
                "SELECT count(*)::text FROM event_dead_letters WHERE status = 'OPEN' AND tenant_id"
                    + " = 'b'"))
        .isEqualTo("1");
  }

  @Test
  void allLettersOfAnIssueAreDiscarded() throws SQLException {
    Page page = open(PAUL, "/issues/f0?tenant=a");
    button(page, "Discard all").click();
    confirm(page, "Discard all", "test data");
    assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
        .hasText("Discard of dead letters");
    assertThat(page.getByText("completed").first()).isVisible();
    assertThat(page.getByText("test data")).isVisible();
    Assertions.assertThat(
            console.ledger.query(
                "SELECT string_agg(DISTINCT tenant_id || ' ' || fingerprint, ', ') FROM"
                    + " event_dead_letters WHERE status = 'DISCARDED'"))
        .isEqualTo("a f0");
  }

  @Test
  void aReplayIsPreviewedPausedResumedAndCancelled() throws SQLException {
    Page page = open(OLGA, "/replays");
    button(page, "New replay").click();
    page.getByLabel("Fingerprints of issues").fill("f0, f1");
    page.getByLabel("Events a second").fill("0.1");
    button(page, "Preview").click();
    assertThat(page.getByText("40 events")).isVisible();
    assertThat(page.getByText("order.paid of shop")).isVisible();
    button(page, "Replay").click();
    confirm(page, "Replay", "slowly");

    button(page, "Pause").click();
    assertThat(page.getByText("paused")).isVisible();
    button(page, "Resume").click();
    assertThat(page.getByText("running")).isVisible();
    button(page, "Cancel").click();
    page.getByRole(AriaRole.DIALOG).locator("button[type=submit]").click();
    assertThat(page.getByText("cancelled").first()).isVisible();
    assertThat(button(page, "Pause")).hasCount(0);
  }

  @Test
  void aDryRunTellsWhatWouldFailAndDiffer() {
    Page page = open(OLGA, "/issues/f0?dryRun=" + DRY_RUN);
    assertThat(page.getByText("412 events would succeed, 3 would fail.")).isVisible();
    assertThat(page.getByText("/total: it must be a number")).isVisible();
    assertThat(page.getByText("only a rebuild of the table writes it")).isVisible();
    Locator changed =
        page.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText("order_id 8"));
    assertThat(changed).containsText("status");
    assertThat(changed.locator(".removed")).hasText("open");
    assertThat(changed.locator(".added")).hasText("paid");
  }

  @Test
  void anotherTenantsIssueReplayAndDryRunAreNotThere() {
    browser.expectComplaint("404");
    for (String path : new String[] {"/issues/f9", "/replays/" + REPLAY, "/what-if/" + DRY_RUN}) {
      Page page = open(RunningConsole.Person.OTTO, path);
      assertThat(page.getByRole(AriaRole.ALERT).first()).isVisible();
      assertThat(page.getByText("the schema is mended")).hasCount(0);
    }
  }
}
