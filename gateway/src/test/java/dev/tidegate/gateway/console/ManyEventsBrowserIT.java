package dev.tidegate.gateway.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.tidegate.gateway.console.RunningConsole.Person.OLGA;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.testing.Browser;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each page on a ledger of a million events, of which ten thousand failed. */
class ManyEventsBrowserIT {
  private static final int EVENTS = 1_000_000;
  private static final String DEFINITIONS =
      "SELECT string_agg(indexdef, '; ') FROM pg_indexes"
          + " WHERE tablename = 'events' AND indexname <> 'events_pkey'";
  private static final String DROPS =
      "SELECT string_agg('DROP INDEX ' || indexname, '; ') FROM pg_indexes"
          + " WHERE tablename = 'events' AND indexname <> 'events_pkey'";

  @RegisterExtension final Browser browser = new Browser();

  @TempDir private static Path folder;
  private static RunningConsole console;

  @BeforeAll
  static void start() throws Exception {
    console = RunningConsole.start(folder);
    String indexes = console.ledger.query(DEFINITIONS);
    console.ledger.execute(console.ledger.query(DROPS));
    events();
    console.ledger.execute(indexes);
    failures();
    console.ledger.execute(
        """
        INSERT INTO audit_records (tenant_id, actor, actor_tenant_id, action, target, outcome, request_id)
        SELECT 'a', 'anna', 'a', 'DISCARD_EVENT', 'evt_' || i, 'DONE', 'r' || i
        FROM generate_series(1, 10000) AS records (i)
        """);
    console.ledger.execute("ANALYZE");
    console.ledger.task("a", "n1", "call the customer", 5, null);
    console.ledger.saga("a", "shop", "research", "order 7", "an answer", "2026-03-01T10:00:00Z");
  }

  @AfterAll
  static void stop() {
    console.close();
  }

  private static void events() throws SQLException {
    console.ledger.execute(
        """
        INSERT INTO events (
          tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
          published_at, processed_at, latency_ms, error_class, error_message, attributes, about,
          about_index)
        SELECT CASE WHEN i %% 10 = 0 THEN 'b' ELSE 'a' END, 'shop', 'n' || i, md5(i::text)::uuid,
          'order.type' || i %% 20, CASE WHEN i %% 100 = 1 THEN 'DEAD_LETTER' ELSE 'PROCESSED' END,
          decode(md5('v' || i) || '0000000000000000', 'hex'), at, at, at, 40,
          CASE WHEN i %% 100 = 1 THEN 'INVALID' END,
          CASE WHEN i %% 100 = 1 THEN 'a rule is broken' END, '{}',
          jsonb_build_object('keys', jsonb_build_object('order', 'o-' || i %% 1000)),
          ARRAY[CASE WHEN i %% 1000 = 7 THEN %d ELSE i %% 1000 END]
        FROM (
          SELECT i, now() - interval '31 days' * (1 - i::float8 / %d) AS at
          FROM generate_series(1, %d) AS i) AS made
        """
            .formatted(EventKeys.ofValue("a", "o-7"), EVENTS, EVENTS));
    console.ledger.execute(
        """
        INSERT INTO event_rollups_hourly (
          tenant_id, hour, source, event_type, status, events, millis_sum, le_50)
        SELECT 'a', date_trunc('hour', now()) - n * interval '1 hour', 'shop', 'order.type' || type,
          'PROCESSED', 70, 2800, 70
        FROM generate_series(1, 743) AS hours (n), generate_series(0, 19) AS types (type)
        """);
  }

  private static void failures() throws SQLException {
    console.ledger.execute(
        """
        INSERT INTO event_dead_letters (
          tenant_id, source, notification_id, body_sha256, content_sha256, stage, event_type,
          error_class, error_message, fingerprint, handler_version, message_id, published_at,
          received_at, failed_at, attributes, body)
        SELECT tenant_id, source, notification_id, 'x', 'x', 'Validate', event_type, error_class,
          error_message, 'f' || row_number() OVER () % 100, 'v', 'm', published_at, received_at,
          processed_at, attributes, 'a body'
        FROM events WHERE status = 'DEAD_LETTER'
        """);
    console.ledger.execute(
        """
        INSERT INTO issues (
          tenant_id, fingerprint, source, stage, error_class, error_message, event_type, failures,
          first_failed_at, last_failed_at, first_release, last_release)
        SELECT tenant_id, fingerprint, 'shop', 'Validate', 'INVALID', 'a rule is broken',
          min(event_type), count(*), min(failed_at), max(failed_at), 'v', 'v'
        FROM event_dead_letters GROUP BY tenant_id, fingerprint
        """);
  }

  private Page open(String path) {
    Page page = browser.page();
    console.open(page, OLGA, path);
    return page;
  }

  @ParameterizedTest
  @CsvSource({
    "/?range=31d, Overview, order.type7",
    "/events, Events, order.type",
    "/issues, Issues, a rule is broken",
    "/issues/f7, invalid, 100",
    "/replays, Replays, replay",
    "/what-if, What-if, dry run",
    "/tasks, Tasks, call the customer",
    "/sagas, Sagas, order 7",
    "/relay, Relay, outbox",
    "/sources, Tenants and sources, shop",
    "/health, Health, Pub/Sub",
    "/audit, Audit, anna",
  })
  void eachPageIsShown(String path, String heading, String text) {
    Page page = open(path);
    assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
        .containsText(heading);
    assertThat(page.getByRole(AriaRole.MAIN).getByText(text).first()).isVisible();
    assertThat(page.getByRole(AriaRole.ALERT)).hasCount(0);
  }

  @Test
  void theListGoesOnAndIsFiltered() {
    Page page = open("/events");
    Locator rows = page.locator("main tbody tr");
    for (int shown = 50; shown <= 200; shown += 50) {
      assertThat(rows).hasCount(shown);
      page.getByText("Load more").click();
    }
    page.getByLabel("About").fill("O-7");
    page.getByLabel("About").press("Enter");
    assertThat(rows).hasCount(50);
    assertThat(rows.first()).containsText("o-7");
    page.getByLabel("Status").selectOption("UNHANDLED");
    assertThat(page.getByText("No event is like that")).isVisible();
  }
}
