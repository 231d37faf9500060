package dev.tidegate.gateway.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.tidegate.gateway.console.RunningConsole.Person.OLGA;
import static dev.tidegate.gateway.console.RunningConsole.Person.PAUL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.tidegate.gateway.Extensions;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.EventPreview;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.testing.Browser;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The overview, events and an event in a browser. */
class EventPagesBrowserIT {
  private static final String OLDER = "{\"name\": \"Old\", \"latitude\": 53.5}";
  private static final String NEWER = "{\"name\": \"New\", \"speed\": \"fast\"}";

  private static final Table VESSELS =
      Table.named("vessels")
          .key(Column.indexedText("t49_vessel_id"))
          .group("identity", Column.text("name"))
          .group("position", Column.text("latitude"))
          .build();

  /** A handler that writes what a body says of the vessel 17. */
  private static final EventPreview HANDLERS =
      new EventPreview() {
        @Override
        public Outcome of(RawEvent raw) {
          try {
            Event event = Event.of(raw, raw.identity(), "order.paid", TestLedger.TIME, raw.json());
            Upsert.Builder vessel = Upsert.into(VESSELS, event).key("t49_vessel_id", "17");
            VESSELS.groups().stream()
                .flatMap(group -> group.columns().stream())
                .map(Column::name)
                .filter(event.payload()::has)
                .forEach(name -> vessel.set(name, event.payload().get(name).asText()));
            return new Outcome(
                Optional.of(TransformedEvent.handled(event, List.of(vessel.build()), List.of())),
                Optional.empty());
          } catch (JsonProcessingException notJson) {
            return new Outcome(Optional.empty(), Optional.empty());
          }
        }

        @Override
        public List<Table> tables() {
          return List.of(VESSELS);
        }
      };

  @RegisterExtension final Browser browser = new Browser();

  @TempDir private static Path folder;
  private static RunningConsole console;

  @BeforeAll
  static void start() throws Exception {
    console =
        RunningConsole.start(
            folder,
            new Extensions(
                List.of(), List.of(), Optional.of(HANDLERS), Optional.empty(), Optional.empty()));
    for (String id : TestLedger.ids(120)) {
      console.ledger.event("a", id);
    }
    console.ledger.letter("a", "letter", "f1");
    console.ledger.event("b", "of-b");
    vessel();
    rollups();
  }

  @AfterAll
  static void stop() {
    console.close();
  }

  /** Two events say something of a vessel: of one column the newer one, of another the older. */
  private static void vessel() throws SQLException {
    Instant time = TestLedger.TIME;
    console.ledger.event("a", "older", "PROCESSED", null, time.plusSeconds(1), OLDER);
    console.ledger.event("a", "newer", "PROCESSED", null, time.plusSeconds(2), NEWER);
    for (String id : List.of("older", "newer")) {
      console.ledger.execute(
          """
          UPDATE events SET about = '{"keys": {"vessel_name": "Evergreen 17"}, "rows": {"vessels": [["17"]]}}',
            about_index = ARRAY[?::bigint, ?::bigint],
            warnings = CASE notification_id WHEN 'newer'
              THEN '[{"pointer": "/speed", "rule": "is no number"}]'::jsonb END
          WHERE tenant_id = 'a' AND notification_id = ?
          """,
          Long.toString(EventKeys.ofValue("a", "Evergreen 17")),
          Long.toString(EventKeys.ofRow("a", "vessels", List.of("17"))),
          id);
    }
    console.ledger.execute(
        """
        INSERT INTO vessels (
          tenant_id, t49_vessel_id, name, latitude, identity_version, position_version)
        VALUES ('a', '17', 'New', 53.5, ?::bytea, ?::bytea)
        """,
        TestLedger.version("newer", NEWER),
        TestLedger.version("older", OLDER));
  }

  private static void rollups() throws SQLException {
    console.ledger.execute(
        """
        INSERT INTO event_rollups (
          tenant_id, minute, source, event_type, status, writer, events, millis_sum, le_50)
        SELECT 'a', date_trunc('minute', now()) - n * interval '1 minute', 'shop', 'order.paid', 'PROCESSED',
          0, 600, 600 * 30, 600
        FROM generate_series(1, 30) AS minutes (n)
        """);
  }

  private Page open(String path) {
    Page page = browser.page();
    console.open(page, OLGA, path);
    return page;
  }

  private static Locator heading(Page page) {
    return page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1));
  }

  private static Locator events(Page page) {
    return page.locator("main tbody tr");
  }

  private static String event(String id) {
    return "/events/" + console.eventId("a", id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"overview", "events", "event"})
  void eachPageIsForEveryone(String name) {
    String path =
        switch (name) {
          case "overview" -> "/?range=1h";
          case "events" -> "/events";
          default -> event("newer");
        };
    Page page = open(path);
    assertThat(page.locator("main table").first()).isVisible();
    if (name.equals("overview")) {
      assertThat(page.locator(".plot canvas")).hasCount(2);
    }
    assertThat(page).hasTitle(Pattern.compile(".+ – Tidegate"));
    assertThat(Browser.barriers(page)).isEmpty();
    Browser.darken(page);
    assertThat(Browser.barriers(page)).isEmpty();

    Page phone = browser.phonePage();
    console.open(phone, OLGA, path);
    assertThat(phone.locator("main table").first()).isVisible();
    assertThat(Browser.overflow(phone)).isZero();
    assertThat(Browser.barriers(phone)).isEmpty();
  }

  @Test
  void theOverviewTellsWhatFlowsAndWhatNeedsAPerson() {
    Page page = open("/");
    Locator needs = page.locator(".needs a");
    assertThat(needs.filter(new Locator.FilterOptions().setHasText("open issue"))).hasCount(1);
    assertThat(page.locator(".flow-box", new Page.LocatorOptions().setHasText("Committed")))
        .containsText("/s");
    assertThat(page.locator("main")).containsText("order.paid");
    page.getByText("7 days").click();
    assertThat(page).hasURL(Pattern.compile("range=7d"));
    needs.first().click();
    assertThat(heading(page)).hasText("Issues");
    page.goBack();
    assertThat(heading(page)).hasText("Overview");
  }

  /** The heaviest of the pages: it has the charts. */
  @Test
  void thePageWeighsLittle() {
    Page page = open("/");
    assertThat(page.locator(".plot canvas")).hasCount(2);
    Object bytes =
        page.evaluate(
            """
            [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
              .filter(each => new URL(each.name).pathname.startsWith("/console"))
              .reduce((sum, each) => sum + each.transferSize, 0)
            """);
    assertThat(((Number) bytes).intValue()).isBetween(20_000, 200_000);
  }

  @Test
  void anEventIsFoundByWhatItIsAbout() {
    Page page = open("/events");
    assertThat(events(page)).hasCount(50);
    page.keyboard().press("/");
    page.keyboard().type("EVERGREEN 17");
    page.keyboard().press("Enter");
    assertThat(events(page)).hasCount(2);
    assertThat(page).hasURL(Pattern.compile("about=EVERGREEN\\+17"));
    page.reload();
    assertThat(events(page)).hasCount(2);

    page.keyboard().press("j");
    page.keyboard().press("j");
    page.keyboard().press("k");
    page.keyboard().press("Enter");
    assertThat(page).hasURL(console.address("/console" + event("newer")));
    page.keyboard().press("[");
    assertThat(events(page)).hasCount(2);
    page.getByText("Clear filters").click();
    assertThat(events(page)).hasCount(50);
    page.getByText("Load more").click();
    assertThat(events(page)).hasCount(100);
  }

  @Test
  void filtersStandInTheAddress() {
    Page page = open("/events?status=DEAD_LETTER");
    assertThat(events(page)).hasCount(1);
    assertThat(page.getByLabel("Status")).hasValue("DEAD_LETTER");
    page.getByLabel("Failure").selectOption("UNDECODABLE");
    assertThat(page.getByText("No event is like that")).isVisible();
    page.getByLabel("Failure").selectOption("INVALID");
    assertThat(events(page)).hasCount(1);
    assertThat(page).hasURL(Pattern.compile("errorClass=INVALID"));
    page.getByText("More filters").click();
    page.getByLabel("Notification ID").fill("nobody's");
    page.getByLabel("Notification ID").press("Enter");
    assertThat(page.getByText("No event is like that")).isVisible();
  }

  @Test
  void keysGoToPagesAndExplainThemselves() {
    Page page = open("/events");
    assertThat(events(page).first()).isVisible();
    page.keyboard().press("?");
    assertThat(page.getByRole(AriaRole.DIALOG)).containsText("Search");
    page.keyboard().press("Escape");
    assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
    page.keyboard().press("g");
    page.keyboard().press("o");
    assertThat(heading(page)).hasText("Overview");
  }

  @Test
  void timesAreTheReadersAndUtcIsShownWhenPointedAt() {
    Page page = open(event("newer"));
    assertThat(page.locator("main time").first())
        .hasAttribute("title", Pattern.compile("2026-03-01 .* UTC.*"));
  }

  @Test
  void anEventTellsWhichColumnsItWonAndLost() {
    Page page = open(event("newer"));
    Locator row = page.locator("details.row");
    assertThat(row.locator("summary")).containsText("vessels");
    assertThat(column(row, "name")).containsText("won");
    assertThat(column(row, "name")).containsText("this event");
    assertThat(page.locator(".json .marked")).containsText("is no number");
    Browser.screenshot(page, "event");

    page.navigate(console.address("/console" + event("older")));
    assertThat(column(row, "latitude")).containsText("won");
    assertThat(column(row, "name")).containsText("lost");
    assertThat(column(row, "name")).containsText("said Old");
    column(row, "name").getByRole(AriaRole.LINK).click();
    assertThat(page).hasURL(console.address("/console" + event("newer")));
    page.getByText("All its events").click();
    assertThat(events(page)).hasCount(2);
  }

  private static Locator column(Locator row, String name) {
    return row.locator("tbody tr")
        .filter(
            new Locator.FilterOptions()
                .setHas(row.page().locator("td:first-child code").getByText(name)));
  }

  @Test
  void aBodyIsComparedWithTheLastGoodOne() {
    Page page = open(event("newer"));
    page.getByText("Compare with the last good one").click();
    Locator differences = page.locator("table.differences tbody tr");
    assertThat(differences).not().hasCount(0);
    assertThat(page.locator("table.differences")).containsText("/speed");
    page.getByText("Show the body").click();
    assertThat(page.locator(".json")).isVisible();
  }

  @Test
  void aFailureLeadsToItsIssue() {
    Page page = open(event("letter"));
    assertThat(page.getByText("a rule is broken").first()).isVisible();
    page.getByText("All failures like this").click();
    assertThat(page).hasURL(Pattern.compile("/issues/f1"));
  }

  @Test
  void aTextIsCopied() {
    browser.profile().grantPermissions(List.of("clipboard-read", "clipboard-write"));
    Page page = open(event("newer"));
    page.getByLabel("Copy newer").click();
    assertThat(page.getByText("Copied")).hasCount(1);
    assertThat(page.evaluate("navigator.clipboard.readText()")).isEqualTo("newer");
  }

  @Test
  void anotherTenantsEventIsNotThere() {
    browser.expectComplaint("404");
    Page page = open("/events/" + console.eventId("b", "of-b"));
    assertThat(heading(page)).hasText("No such event");
    page.navigate(console.address("/console/nothing"));
    assertThat(heading(page)).hasText("There is no such page");
  }

  @Test
  void whoSpansTenantsLooksAtOne() {
    Page page = browser.page();
    console.open(page, PAUL, "/events?about=" + "Evergreen%2017");
    Locator tenant =
        page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Tenant"));
    tenant.fill("b");
    tenant.press("Enter");
    assertThat(page).hasURL(Pattern.compile("tenant=b"));
    assertThat(page.getByText("No event is like that")).isVisible();
    page.getByText("Clear filters").click();
    assertThat(events(page)).hasCount(1);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Overview")).click();
    assertThat(page).hasURL(Pattern.compile("tenant=b"));
  }

  @Test
  void theTailShowsEventsAsTheyComeAndStopsWhileNobodyLooks() throws SQLException {
    Page page = open("/events?live=true&eventType=order.paid");
    LocatorAssertions.IsVisibleOptions soon =
        new LocatorAssertions.IsVisibleOptions().setTimeout(15_000);
    assertThat(page.locator(".live")).hasText("Live");
    console.ledger.event("a", "live 1", "PROCESSED", null, Instant.now(), "{}");
    assertThat(page.getByText("live 1")).isVisible(soon);

    page.evaluate(
        """
        () => {
          document.hasFocus = () => false;
          dispatchEvent(new Event("blur"));
        }
        """);
    assertThat(page.getByText("Paused while you are away")).isVisible();
    console.ledger.event("a", "live 2", "PROCESSED", null, Instant.now(), "{}");
    page.evaluate(
        """
        () => {
          document.hasFocus = () => true;
          dispatchEvent(new Event("focus"));
        }
        """);
    assertThat(page.getByText("live 2")).isVisible(soon);
    console.ledger.event("a", "live 3", "PROCESSED", null, Instant.now(), "{}");
    assertThat(page.getByText("live 3")).isVisible(soon);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Pause").setExact(true))
        .click();
    assertThat(page.locator(".live")).hasText("Paused");
    console.ledger.execute("DELETE FROM events WHERE notification_id LIKE 'live %'");
  }
}
