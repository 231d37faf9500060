package dev.tidegate.transforms.handlers.declared;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.ShippedSamples.Sample;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The sources that are shipped, with events as their senders document them. */
class ShippedSourcesTest {
  static List<DeclaredSource> sources() {
    return ShippedSamples.sources();
  }

  @ParameterizedTest
  @MethodSource("sources")
  void everySampleMakesItsRowsAndEffects(DeclaredSource source) {
    EventSources sources = EventSources.of(List.of(source));
    StringBuilder rows = new StringBuilder();
    for (Sample sample : ShippedSamples.of(source)) {
      TransformedEvent transformed = transform(sources, source, sample);
      assertThat(transformed.warnings()).as(sample.type()).isEmpty();
      rows.append(sample.type()).append(' ').append(transformed.event().asOf()).append('\n');
      for (Upsert upsert : transformed.upserts()) {
        ObjectNode columns = Json.mapper().createObjectNode();
        upsert.columns().forEach(columns::put);
        List<String> key = upsert.key().subList(1, upsert.key().size());
        rows.append("  %s %s %s\n".formatted(upsert.table(), key, columns));
      }
      for (Effect effect : transformed.effects()) {
        rows.append("  %s\n".formatted(Json.write(effect.toJson())));
      }
    }
    assertThat(rows.toString()).isEqualTo(ShippedSamples.rowsOf(source));
  }

  @ParameterizedTest
  @MethodSource("sources")
  void everyTypeHasASample(DeclaredSource source) {
    Set<Object> sampled =
        ShippedSamples.of(source).stream()
            .map(sample -> source.handlerOf(sample.type()).orElseThrow())
            .collect(Collectors.toSet());

    assertThat(source.eventTypes())
        .allSatisfy(type -> assertThat(sampled).contains(source.handlerOf(type).orElseThrow()));
  }

  @Test
  void sourcesHaveNoTableInCommon() {
    assertThat(EventSources.installed().and(sources()).tables()).hasSizeGreaterThan(15);
  }

  @Test
  void aDeletionWithoutATimeChangesNothingElse() {
    DeclaredSource shopify =
        sources().stream().filter(each -> each.name().equals("shopify")).findFirst().orElseThrow();
    Sample deletion =
        ShippedSamples.of(shopify).stream()
            .filter(sample -> sample.type().equals("products/delete"))
            .findFirst()
            .orElseThrow();

    TransformedEvent transformed = transform(EventSources.of(List.of(shopify)), shopify, deletion);
    assertThat(transformed.event().asOf())
        .as("the time of receipt would differ between two deliveries")
        .isEqualTo(Version.UNKNOWN_TIME);
    assertThat(transformed.upserts())
        .singleElement()
        .satisfies(row -> assertThat(row.columns()).containsOnlyKeys("deleted"));
  }

  private static TransformedEvent transform(
      EventSources sources, DeclaredSource source, Sample sample) {
    RawEvent identified = sources.identify(sample.message(source.name()));
    sources.validate(identified);
    return sources.transform(identified);
  }
}
