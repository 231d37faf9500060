package dev.tidegate.gateway.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.tidegate.gateway.console.RunningConsole.Person.OLGA;
import static dev.tidegate.gateway.console.RunningConsole.Person.PAUL;
import static dev.tidegate.gateway.console.RunningConsole.Person.VERA;
import static dev.tidegate.gateway.console.RunningConsole.button;
import static dev.tidegate.gateway.console.RunningConsole.confirm;
import static dev.tidegate.gateway.console.RunningConsole.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.tidegate.testing.Browser;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tasks, sagas, the relay, sources, health and the audit in a browser. */
class WorkPagesBrowserIT {
  @RegisterExtension final Browser browser = new Browser();

  @TempDir private static Path folder;
  private static RunningConsole console;

  @BeforeAll
  static void start() throws Exception {
    console = RunningConsole.start(folder);
    console.ledger.event("a", "n1");
    console.ledger.letter("a", "n2", "f1");
    console.ledger.task("a", "n1", "call the customer", 7, "2026-01-01T00:00:00Z");
    console.ledger.task("a", "n2", "check the invoice", 3, null);
    console.ledger.task("b", "n1", "another tenant's", 5, null);
    console.ledger.saga("a", "shop", "research", "order 7/8", "an answer", "2026-03-01T10:00:00Z");
    saga();
    refusedRow("a");
    refusedRow("b");
    console.ledger.execute(
        """
        INSERT INTO audit_records (
          tenant_id, actor, actor_tenant_id, action, target, outcome, request_id, details)
        VALUES ('a', 'ann', 'a', 'DISCARD_EVENT', ?, 'DONE', 'request-1', '{"messages": 1}'),
          ('a', 'willi', 'a', 'CANCEL_TASK', 'task-1', 'REFUSED', 'request-2', '{}')
        """,
        console.eventId("a", "n2"));
  }

  @AfterAll
  static void stop() {
    console.close();
  }

  private static void saga() throws SQLException {
    console.ledger.execute(
        """
        INSERT INTO saga_events (
          tenant_id, source, saga, instance, notification_id, event_type, version, payload)
        VALUES ('a', 'shop', 'research', 'order 7/8', 'n1', 'order.paid',
          (SELECT version FROM events WHERE tenant_id = 'a' AND notification_id = 'n1'), '')
        """);
    console.ledger.execute(
        """
        INSERT INTO saga_deadlines (
          tenant_id, source, saga, instance, deadline, due_at, event_id)
        VALUES ('a', 'shop', 'research', 'order 7/8', 'an answer is late', '2036-03-01T10:00:00Z',
          gen_random_uuid())
        """);
  }

  private static void refusedRow(String tenant) throws SQLException {
    console.ledger.execute(
        """
        INSERT INTO outbox (
          tenant_id, event_id, source, event_type, aggregate, payload, refused_at, refusal)
        VALUES (?, gen_random_uuid(), 'shop', 'order.chased', 'order 7', '{}', now(),
          'INVALID_ARGUMENT: the attribute goog-x is reserved')
        """,
        tenant);
  }

  private Page open(RunningConsole.Person person, String path) {
    Page page = browser.page();
    console.open(page, person, path);
    return page;
  }

  @ParameterizedTest
  @CsvSource({
    "/tasks, Tasks, call the customer, tasks",
    "/sagas, Sagas, order 7/8, sagas",
    "/sagas/research/order%207%2F8?source=shop, research, an answer is late, saga",
    "/relay, Relay, order.chased, relay",
    "/sources, Tenants and sources, shop, sources",
    "/health, Health, Pub/Sub, health",
    "/audit, Audit, messages, audit",
  })
  void eachPageShowsWhatIsThereToEveryone(String path, String heading, String text, String name) {
    console.look(browser, OLGA, path, heading, text, name);
  }

  @Test
  void anOperatorFindsATaskByItsFiltersAndCancelsIt() throws SQLException {
    String id = console.ledger.task("a", "n9", "ship it", 5, null);
    Page page = open(OLGA, "/tasks?status=OPEN");
    assertThat(page.getByText("another tenant's")).isHidden();

    page.getByLabel("Kind").fill("ship it");
    page.getByLabel("Kind").press("Enter");
    assertThat(rows(page, "Tasks")).hasCount(1);
    assertThat(page).hasURL(Pattern.compile("kind=ship\\+it"));
    page.getByLabel("Kind").blur();
    page.keyboard().press("j");
    page.keyboard().press("Enter");
    assertThat(page.getByText("\"total\"").or(page.getByText("total")).first()).isVisible();

    button(page, "Cancel task").click();
    confirm(page, "Cancel task", "the order is void");
    assertThat(page.getByText("the order is void")).isVisible();
    assertThat(button(page, "Cancel task")).isHidden();
    assertThat(console.ledger.query("SELECT status FROM tasks WHERE task_id = '%s'".formatted(id)))
        .isEqualTo("CANCELLED");
  }

  @Test
  void anOperatorHasASagaWorkedOutAgain() throws SQLException {
    Page page = open(OLGA, "/sagas");
    assertThat(rows(page, "Sagas")).hasCount(1);
    page.keyboard().press("j");
    page.keyboard().press("Enter");
    assertThat(page).hasURL(Pattern.compile("/sagas/research/order%207%2F8"));
    assertThat(page.getByText("asker")).isVisible();

    button(page, "Work out again").click();
    page.getByRole(AriaRole.DIALOG).locator("button[type=submit]").click();
    assertThat(page.getByText("It is asked for")).isVisible();
    assertThat(
            console.ledger.query(
                "SELECT count(*)::text FROM audit_records WHERE action = 'RETRY_SAGA'"))
        .isEqualTo("1");
  }

  @Test
  void refusedRowsAreRetriedAndDiscarded() throws SQLException {
    Page page = open(PAUL, "/relay");
    assertThat(rows(page, "Refused rows")).hasCount(2);
    Locator ofB = rows(page, "Refused rows").filter(withCell(page, "b"));
    ofB.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Discard")).click();
    page.getByRole(AriaRole.DIALOG).locator("button[type=submit]").click();
    assertThat(rows(page, "Refused rows")).hasCount(1);
    assertThat(console.ledger.query("SELECT count(*)::text FROM outbox WHERE tenant_id = 'b'"))
        .isEqualTo("0");
    refusedRow("b");
  }

  private static Locator.FilterOptions withCell(Page page, String text) {
    return new Locator.FilterOptions()
        .setHas(
            page.getByRole(
                AriaRole.CELL, new Page.GetByRoleOptions().setName(text).setExact(true)));
  }

  @Test
  void theAuditIsFiltered() {
    Page page = open(OLGA, "/audit?actor=willi");
    assertThat(rows(page, "Audit")).hasCount(1);
    assertThat(rows(page, "Audit").first()).containsText("refused");
    page.getByLabel("Action").selectOption("DISCARD_EVENT");
    assertThat(page.getByText("No record matches")).isVisible();
    page.getByLabel("Who").fill("");
    page.getByLabel("Who").press("Enter");
    assertThat(rows(page, "Audit").first().getByRole(AriaRole.LINK))
        .hasAttribute("href", "/console/events/" + console.eventId("a", "n2"));
    page.goBack();
    assertThat(page.getByText("No record matches")).isVisible();
  }

  @Test
  void whoMayOnlyLookSeesNoButtonThatActs() {
    for (String path : new String[] {"/relay", "/sagas/research/order%207%2F8?source=shop"}) {
      Page page = open(VERA, path);
      assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
          .isVisible();
      assertThat(page.getByText("shop").first()).isVisible();
      for (String name : new String[] {"Retry", "Discard", "Work out again", "Cancel saga"}) {
        assertThat(button(page, name)).hasCount(0);
      }
    }
  }
}
