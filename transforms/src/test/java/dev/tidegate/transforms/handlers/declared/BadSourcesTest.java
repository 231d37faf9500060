package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and events that are wrong, or meant to do harm: a clear mistake, or a dead letter. */
@Timeout(60)
class BadSourcesTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** A source with one table, and what stands in its place. */
  private static String source(String key, String columns, String row) {
    return """
    source: shop
    event: { id: body:/id }
    tables:
      orders:
        key: %s
        groups: { state: %s }
        extra: true
    events:
      changed:
        rows: [ { table: orders, %s } ]
    """
        .formatted(key, columns, row);
  }

  private static DeclaredSource parse(String text) {
    return DeclaredSource.parse("shop.yaml", text);
  }

  private static TransformedEvent transform(String text, String body) {
    EventSources sources = EventSources.of(List.of(parse(text)));
    RawEvent event =
        sources.identify(
            RawEvent.builder()
                .tenantId("acme")
                .source("shop")
                .messageId("m-1")
                .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
                .eventType(Optional.of("changed"))
                .attributes(Map.of())
                .body(body.replace('\'', '"').getBytes(UTF_8))
                .build());
    sources.validate(event);
    return sources.transform(event);
  }

  private static TransformedEvent transform(String body) {
    return transform(
        source(
            "{ order_id: text }",
            "{ note: text, count: bigint, total: numeric, next: bigint }",
            "key: { order_id: payload.order }, set: { note: payload.note, count: payload.count,"
                + " total: payload.total, next: payload.count + 1 }, extra: payload"),
        body);
  }

  @Test
  void twoFilesCannotNameOneTableOrOneSource() {
    String shop =
        source("{ order_id: text }", "{ note: text }", "key: { order_id: payload.order }");
    String other = shop.replace("source: shop", "source: other");

    assertThatThrownBy(() -> EventSources.of(List.of(parse(shop), parse(other))))
        .hasMessageMatching(
            "\\w+.yaml:[1-9]: the table orders belongs to both event sources shop and other");
    assertThatThrownBy(() -> EventSources.of(List.of(parse(shop), parse(shop))))
        .hasMessageMatching("two event sources are named shop: \\w+.yaml:1 and \\w+.yaml:1");
    assertThatThrownBy(
            () ->
                EventSources.installed()
                    .and(List.of(parse(shop.replace("source: shop", "source: terminal49")))))
        .hasMessageMatching(
            "two event sources are named terminal49: \\S+Terminal49 and \\w+.yaml:1");
    assertThatThrownBy(
            () ->
                EventSources.installed().and(List.of(parse(shop.replace("orders", "containers")))))
        .hasMessageMatching(
            "\\w+.yaml:[1-9]: the table containers belongs to both event sources terminal49 and shop");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "orders | events | the table events belongs to Tidegate or to PostgreSQL",
        "orders | event_payloads_default | the table event_payloads_default belongs to Tidegate",
        "orders | containers_current | the table containers_current belongs to Tidegate",
        "orders | pg_class | the table pg_class belongs to Tidegate or to PostgreSQL",
        "orders | order | order is a reserved word of SQL; order_ is not",
        "orders | __proto__ | not a plain SQL name: __proto__",
        "orders | Orders | not a plain SQL name: Orders",
        "note | user | user is a reserved word of SQL; user_ is not",
        "note | ctid | every table of PostgreSQL has a column ctid of its own",
        "note | tenant_id | table orders has two columns tenant_id",
        "note | order_id | table orders has two columns order_id",
        "note | updated_at | table orders has two columns updated_at",
        "note | column_versions | table orders has two columns column_versions",
        "note | state_version | table orders has two columns state_version",
        "note | extra | table orders has two columns extra",
        "note | __proto__ | not a plain SQL name: __proto__",
        "note | a;drop table events | not a plain SQL name: a;drop table events",
        "state | select * | not a plain SQL name: select *_version",
      })
  void aNameThatCannotStandInTheDatabaseIsAMistake(String from, String to, String mistake) {
    String text =
        source("{ order_id: text }", "{ note: text }", "key: { order_id: payload.order }");
    assertThatThrownBy(() -> parse(text.replaceAll("\\b" + from + "\\b", "\"" + to + "\"")))
        .isInstanceOf(SourceException.class)
        .hasMessageStartingWith("shop.yaml:")
        .hasMessageContaining(mistake);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ order: 'payload.' } | {} | /about/order",
        "{ order: item.id } | {} | /about/order",
        "{ order: '[1]' } | {} | must be a text, a number, true or false",
        "{ Order: payload.id } | {} | must be a name",
        "{ a: '1', b: '1', c: '1', d: '1', e: '1', f: '1' } | { g: '1', h: '1', i: '1', j: '1', k: '1' } | has more than 10 keys",
        "{ a: '1', b: '1', c: '1', d: '1', e: '1', f: '1', g: '1', h: '1', i: '1', j: '1', k: '1' } | {} | /about",
      })
  void whatEventsAreFoundByMustBeFewValues(String about, String ofType, String mistake) {
    assertThatThrownBy(
            () ->
                parse(
                    """
                    source: shop
                    about: %s
                    tables: { orders: { key: { order_id: text }, groups: { state: { note: text } } } }
                    events:
                      paid: { about: %s, rows: [{ table: orders, key: { order_id: payload.id } }] }
                    """
                        .formatted(about, ofType)))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining(mistake);
  }

  @Test
  void aTypeThatMeansAnotherIsFoundAsThatIs() {
    assertThatThrownBy(
            () ->
                parse(
                    """
                    source: shop
                    tables: { orders: { key: { order_id: text }, groups: { state: { note: text } } } }
                    events:
                      paid: { rows: [{ table: orders, key: { order_id: payload.id } }] }
                      settled: { as: paid, about: { order: payload.id } }
                    """))
        .hasMessageContaining("is that of paid, which as names");
  }

  @Test
  void aNameIsAsLongAsPostgresqlTakes() {
    for (String part : List.of("orders", "note", "state")) {
      String text =
          source("{ order_id: text }", "{ note: text }", "key: { order_id: payload.order }");
      assertThatThrownBy(() -> parse(text.replaceAll("\\b" + part + "\\b", "n".repeat(64))))
          .as(part)
          .hasMessageContaining("not a plain SQL name");
    }
  }

  @Test
  void aTableHasNoMoreColumnsThanARowCanHold() {
    String columns =
        IntStream.range(0, 2_000).mapToObj("c%d: text"::formatted).collect(joining(", "));
    assertThatThrownBy(
            () ->
                parse(
                    source(
                        "{ order_id: text }",
                        "{ " + columns + " }",
                        "key: { order_id: payload.order }")))
        .hasMessageContaining("table orders has 2005 columns and groups, more than 300");
    String key = IntStream.range(0, 17).mapToObj("k%d: text"::formatted).collect(joining(", "));
    assertThatThrownBy(() -> parse(source("{ " + key + " }", "{ note: text }", "key: {}")))
        .hasMessageContaining("table orders has more than 16 columns in its key");
  }

  @Test
  void keysThatAreTooLongTogetherMakeADeadLetter() {
    String text =
        source(
            "{ a: text, b: text, c: text, d: text, e: text }",
            "{ note: text }",
            "key: { a: payload.a, b: payload.a, c: payload.a, d: payload.a, e: payload.a }");
    assertThat(transform(text, "{'id':'e','a':'%s'}".formatted("a".repeat(200))).upserts())
        .hasSize(1);
    assertThatThrownBy(() -> transform(text, "{'id':'e','a':'%s'}".formatted("\u20ac".repeat(200))))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage("orders.e and the key's other columns must have at most 2500 bytes together");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{ as: b }", "{ as: a }", "{ as: c }"})
  void aTypeCannotMeanOneThatMeansAnother(String a) {
    assertThatThrownBy(
            () ->
                parse(
                    """
                    source: shop
                    tables: { orders: { key: { id: text }, extra: true } }
                    events:
                      a: %s
                      b: { as: a }
                    """
                        .formatted(a)))
        .hasMessageContaining("/events/a/as is not a type with rows or effects")
        .hasMessageContaining("/events/b/as is not a type with rows or effects");
  }

  @Test
  void aliasesAreNotTaken() {
    StringBuilder bomb = new StringBuilder("source: shop\na0: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThatThrownBy(() -> parse(bomb.toString()))
        .isInstanceOf(SourceException.class)
        .hasMessage("shop.yaml has an alias in line 3: write out what it stands for");
  }

  @Test
  void aFileIsWrittenByPeople() {
    assertThatThrownBy(() -> parse("# " + "x".repeat(2_000_000)))
        .isInstanceOf(SourceException.class)
        .hasMessage("shop.yaml is larger than 1048576 characters");
    for (String nested : List.of("[", "{ a: ", "- ")) {
      assertThatThrownBy(() -> parse("source: " + nested.repeat(100_000)))
          .isInstanceOf(SourceException.class);
    }
  }

  @Test
  void noPatternTakesMoreThanTimeInProportion() {
    String text =
        source("{ order_id: text }", "{ note: text }", "key: { order_id: payload.order }")
            .replace(
                "rows:", "schema: { properties: { note: { pattern: \"^(a+)+$\" } } }\n    rows:");
    long started = System.nanoTime();
    assertThatThrownBy(
            () ->
                transform(
                    text, "{'id':'e','order':'o','note':'%s!'}".formatted("a".repeat(50_000))))
        .hasMessage("/note: pattern \"^(a+)+$\"");
    String matches =
        source(
            "{ order_id: text }",
            "{ note: boolean }",
            "key: { order_id: payload.order }, set: { note: 'payload.note.matches(\"^(a+)+$\")' }");
    assertThat(
            transform(matches, "{'id':'e','order':'o','note':'%s!'}".formatted("a".repeat(50_000)))
                .upserts()
                .get(0)
                .columns())
        .containsEntry("note", "false");
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(SOON);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ properties: { note: { pattern: \"(?=a)b\" } } }",
        "{ properties: { note: { pattern: \"(a)\\\\1\" } } }",
        "{ properties: { note: { pattern: \"[\" } } }",
        "{ patternProperties: { \"(?!a)\": {} } }",
        "{ $ref: \"#\" }",
        "{ allOf: [ { $ref: \"#\" } ] }",
        "{ $ref: \"https://shop.example/order.schema.json\" }",
        "{ $ref: \"file:///etc/hostname\" }",
      })
  void aSchemaThatCannotBeKeptIsAMistake(String schema) {
    String text =
        source("{ order_id: text }", "{ note: text }", "key: { order_id: payload.order }")
            .replace("rows:", "schema: " + schema + "\n    rows:");
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("/events/changed/schema is not a JSON Schema");
  }

  @Test
  void anExpressionTakesNoMoreThanItsSteps() {
    String nested = "payload.l.all(a, payload.l.all(b, payload.l.all(c, payload.l.all(d, true))))";
    String text =
        source(
            "{ order_id: text }",
            "{ note: boolean }",
            "key: { order_id: payload.order }, set: { note: '" + nested + "' }");
    long started = System.nanoTime();
    TransformedEvent transformed =
        transform(text, "{'id':'e','order':'o','l':[" + "1,".repeat(1_000) + "1]}");
    assertThat(transformed.warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning.rule()).contains("takes more than"));
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(SOON);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'count':18446744073709551616 | count | must be a whole number of 64 bits",
        "'count':9223372036854775807 | count + 1 | is a number beyond bounds",
        "'count':1e400 | count | must be a whole number of 64 bits",
        "'count':1e999999999 | count | must be a whole number of 64 bits",
        "'count':1.5 | count | must be a whole number of 64 bits",
        "'total':1e1001 | total | must have at most 1000 digits",
        "'total':1e999999999 | total | must have at most 1000 digits",
        "'total':'NaN' | total | must be a number",
        "'note':'a\\u0000b' | note | must not hold NUL",
        "'note':'\\ud800' | note | must not hold NUL or half of a surrogate pair",
        "'a\\u0000b':1 | payload | must not hold NUL",
        "'deep':{'a\\u0000b':1} | payload | must not hold NUL",
        "'huge':1e99999 | payload | must not hold a number beyond numeric's range",
      })
  void aValueThatItsColumnCannotHoldCostsItselfOnly(String member, String place, String rule) {
    TransformedEvent transformed = transform("{'id':'e','order':'o','kept':1," + member + "}");

    assertThat(transformed.warnings())
        .anySatisfy(
            warning ->
                assertThat(warning.pointer() + ": " + warning.rule())
                    .contains(place)
                    .contains(rule));
    assertThat(transformed.upserts())
        .singleElement()
        .satisfies(row -> assertThat(row.columns()).containsEntry("extra/kept", "1"));
  }

  @Test
  void aNumberKeepsAllItsDigits() {
    assertThat(transform("{'id':'e','order':'o','total':1e400}").upserts().get(0).columns())
        .containsEntry("total", "1E+400");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "'a\\u0000b'", "'\\udc00'", "[]", "{}"})
  void aKeyThatCannotBeStoredMakesADeadLetter(String key) {
    assertThatThrownBy(() -> transform("{'id':'e','order':" + key + "}"))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageStartingWith("orders.order_id must ");
  }

  @Test
  void namesThatMeanSomethingElsewhereMeanNothingHere() {
    assertThat(
            transform(
                    "{'id':'e','order':'o','__proto__':{'a':1},'constructor':2,'a/b':3,'':4,"
                        + "'extra':5,'column_versions':6}")
                .upserts()
                .get(0)
                .columns())
        .containsEntry("extra/__proto__", "{\"a\":1}")
        .containsEntry("extra/constructor", "2")
        .containsEntry("extra/a/b", "3")
        .containsEntry("extra/", "4")
        .containsEntry("extra/extra", "5")
        .containsEntry("extra/column_versions", "6");
  }

  @Test
  void aColumnCalledExtraIsAnOrdinaryOneWhereTheTableKeepsNoRest() {
    String text =
        source(
                "{ order_id: text }",
                "{ extra: jsonb }",
                "key: { order_id: payload.order }, set: { extra: payload.note }")
            .replace("    extra: true\n", "");
    assertThat(transform(text, "{'id':'e','order':'o','note':[1]}").upserts().get(0).columns())
        .containsEntry("extra", "[1]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "payload.l.exists(a, a == -1)",
        "size(payload.l.map(a, payload.order + payload.text)) > 1",
      })
  void allExpressionsTogetherTakeNoMoreThanTheirSteps(String expression) {
    String text =
        source(
            "{ order_id: text, line: bigint }",
            "{ note: boolean }",
            "for_each: payload.l, key: { order_id: payload.order, line: item }, set: { note: '"
                + expression
                + "' }");
    String list = IntStream.range(0, 4_000).mapToObj(Integer::toString).collect(joining(","));
    long started = System.nanoTime();
    assertThatThrownBy(
            () ->
                transform(
                    text,
                    "{'id':'e','order':'o','l':[%s],'text':'%s'}"
                        .formatted(list, "x".repeat(1_000_000))))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage("the expressions take more than 500000 steps together");
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(SOON);
  }
}
