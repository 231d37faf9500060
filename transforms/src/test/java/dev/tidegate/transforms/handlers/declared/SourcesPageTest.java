package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.checker.CelStandardDeclarations.StandardFunction;
import dev.cel.extensions.CelExtensions;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The functions that {@code docs/sources.md} lists are those that there are, and give what it says.
 */
class SourcesPageTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(.*)` \\| `(.*)` \\|$");
  private static final Pattern PAYLOAD = Pattern.compile("With `payload` being `(.*)`:");

  private static String functions() throws IOException {
    String page = Files.readString(Repository.ROOT.resolve("docs/sources.md"));
    int start = page.indexOf("### Functions");
    return page.substring(start, page.indexOf("\n## ", start));
  }

  static Stream<Arguments> rows() throws IOException {
    return ROW.matcher(functions())
        .results()
        .map(row -> Arguments.of(unescaped(row, 1), unescaped(row, 2)));
  }

  /** A pipe would end a cell of the table. */
  private static String unescaped(MatchResult row, int group) {
    return row.group(group).replace("\\|", "|");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void eachExpressionGivesWhatThePageSays(String expression, String value) throws Exception {
    Matcher payload = PAYLOAD.matcher(functions());
    assertThat(payload.find()).isTrue();
    RawEvent raw =
        RawEvent.builder()
            .tenantId("acme")
            .source("shop")
            .messageId("m-1")
            .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
            .attributes(Map.of())
            .body(payload.group(1).getBytes(UTF_8))
            .build();
    Event event =
        Event.ofFirstAccepted(
            raw, "evt-1", "order.updated", Instant.parse("2026-11-29T12:00:00Z"), raw.json());
    JsonNode found =
        JsonValues.toJson(
            Expression.compile(expression, Expression.Variable.OF_EVENTS)
                .evaluate(Expression.Scope.of(event, Optional.empty())));
    assertThat(Json.write(found)).isEqualTo(value);
  }

  @Test
  void eachFunctionThatThereIsHasAnExample() throws IOException {
    String text = functions();
    assertThat(
            Stream.concat(
                Stream.of(StandardFunction.values())
                    .map(function -> function.functionDecl().name())
                    .filter(name -> name.matches("[a-zA-Z]+")),
                Stream.of(CelExtensions.strings(), CelExtensions.optional())
                    .flatMap(library -> library.functions().stream())
                    .map(function -> function.name())
                    .filter(name -> name.matches("[a-zA-Z.]+"))))
        .hasSizeGreaterThan(40)
        .allSatisfy(name -> assertThat(text).contains(name + "("));
  }
}
