package dev.tidegate.transforms.handlers.declared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.transforms.handlers.EventSources;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclaredViewsTest {
  private static final String SHOP =
      """
      source: shop
      tables:
        shop_credits:
          key: { entry_id: text }
          groups:
            entry: { user_id: text, amount: numeric, at: timestamptz, final: boolean, data: jsonb }
      views:
        %s: %s
      events: {}
      """;

  private static DeclaredSource source(String name, String view) {
    return DeclaredSource.parse("shop.yaml", SHOP.formatted(name, view));
  }

  @Test
  void aViewIsAlwaysGroupedByTenant() {
    DeclaredSource source =
        source(
            "shop_balances",
            "{ from: shop_credits, group_by: [user_id], columns: { balance: sum(amount),"
                + " entries: count(), noted: count(data), last_at: max(at) } }");

    assertThat(source.views())
        .singleElement()
        .satisfies(
            view -> {
              assertThat(view.query())
                  .isEqualTo(
                      "SELECT tenant_id, user_id, sum(amount) AS balance, count(*) AS entries,"
                          + " count(data) AS noted, max(at) AS last_at FROM shop_credits GROUP BY"
                          + " tenant_id, user_id");
              assertThat(view.columnTypes())
                  .containsExactly("text", "text", "numeric", "bigint", "bigint", "timestamptz");
            });
    assertThat(
            source("sums", "{ from: shop_credits, group_by: [], columns: { n: count() } }").views())
        .extracting(view -> view.query())
        .containsExactly("SELECT tenant_id, count(*) AS n FROM shop_credits GROUP BY tenant_id");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "v | { from: shop_credit, group_by: [], columns: { n: count() } } | /views/v/from is not a table of this source; did you mean shop_credits?",
        "v | { from: shop_credits, group_by: [usr_id], columns: { n: count() } } | /views/v/group_by/0 names no column of shop_credits; did you mean user_id?",
        "v | { from: shop_credits, group_by: [tenant_id], columns: { n: count() } } | /views/v/group_by/0 must be left out: every view is grouped by tenant_id",
        "v | { from: shop_credits, group_by: [user_id, user_id], columns: { n: count() } } | /views/v/group_by must be a list of columns, each of them once",
        "v | { from: shop_credits, group_by: [], columns: { n: sum(user_id) } } | /views/v/columns/n sum takes no column of the type text",
        "v | { from: shop_credits, group_by: [], columns: { n: max(final) } } | /views/v/columns/n max takes no column of the type boolean",
        "v | { from: shop_credits, group_by: [], columns: { n: min(data) } } | /views/v/columns/n min takes no column of the type jsonb",
        "v | { from: shop_credits, group_by: [], columns: { n: sum(amout) } } | /views/v/columns/n names no column of shop_credits; did you mean amount?",
        "v | { from: shop_credits, group_by: [], columns: { n: sum() } } | /views/v/columns/n must be count(), or sum, count, min or max of a column",
        "v | { from: shop_credits, group_by: [], columns: { n: avg(amount) } } | /views/v/columns/n must be count(), or sum, count, min or max of a column",
        "v | { from: shop_credits, group_by: [], columns: { n: 'count(); DROP TABLE x' } } | /views/v/columns/n must be count()",
        "v | { from: shop_credits, group_by: [], columns: { } } | /views/v/columns must name 1 to 300 columns",
        "v | { from: shop_credits, group_by: [user_id], columns: { user_id: count() } } | /views/v view v has two columns user_id",
        "v | { from: shop_credits, group_by: [user_id], columns: { tenant_id: count() } } | /views/v view v has two columns tenant_id",
        "v | { from: shop_credits, group_by: [], columns: { user: count() } } | /views/v user is a reserved word of SQL",
        "v | { from: shop_credits, group_by: [], columns: { 'a b': count() } } | /views/v not a plain SQL name: a b",
        "v | { from: shop_credits, group_by: [], columns: { xmin: count() } } | /views/v every table of PostgreSQL has a column xmin",
        "v | { from: shop_credits, columns: { n: count() } } | /views/v needs group_by",
        "v | { from: shop_credits, group_by: [], columns: { n: count() }, where: x } | /views/v/where is not known",
        "tasks | { from: shop_credits, group_by: [], columns: { n: count() } } | /views/tasks the table tasks belongs to Tidegate",
        "order | { from: shop_credits, group_by: [], columns: { n: count() } } | /views/order order is a reserved word of SQL",
        "Sums | { from: shop_credits, group_by: [], columns: { n: count() } } | /views/Sums not a plain SQL name: Sums",
        "shop_credits | { from: shop_credits, group_by: [], columns: { n: count() } } | /views/shop_credits is also the name of a table",
      })
  void whatIsNoViewIsAMistake(String name, String view, String mistake) {
    assertThatThrownBy(() -> source(name, view))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("shop.yaml:8: " + mistake);
  }

  @Test
  void twoSourcesCannotHaveOneNameForTableOrView() {
    String view = "{ from: shop_credits, group_by: [], columns: { n: count() } }";
    DeclaredSource shop = source("sums", view);
    DeclaredSource other =
        DeclaredSource.parse(
            "other.yaml",
            SHOP.formatted("sums", view)
                .replace("source: shop", "source: other")
                .replace("shop_credits", "other_credits"));
    DeclaredSource table =
        DeclaredSource.parse(
            "table.yaml",
            """
            source: table
            tables: { sums: { key: { id: text }, groups: { state: { n: bigint } } } }
            events: {}
            """);
    assertThatThrownBy(() -> EventSources.of(List.of(shop, other)))
        .hasMessage("other.yaml:8: the view sums belongs to both event sources shop and other");
    assertThatThrownBy(() -> EventSources.of(List.of(shop, table)))
        .hasMessage("table.yaml:2: the table sums belongs to both event sources shop and table");
  }
}
