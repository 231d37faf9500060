package dev.tidegate.transforms.convergence;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Generates sets of notifications over few resources, few times and few IDs, so that they repeat,
 * correct and contradict each other all the time. The simplest comes first in each choice: that is
 * what a counterexample shrinks to.
 */
final class SampleSets {
  private static final int MOST_NOTIFICATIONS = 12;

  /**
   * Among them such that Java's own order of texts would confuse: U+FF5E comes before U+1F600, but
   * not by their UTF-16.
   */
  private static final Arbitrary<String> IDS =
      Arbitraries.of("n-1", "n-2", "n-3", "n-4", "n-5", "n", "n-1 a", "n-é", "n-\uFF5E", "n-😀");

  private static final Arbitrary<CreatedAt> TIMES =
      Arbitraries.frequencyOf(
          Tuple.of(16, Arbitraries.of(CreatedAt.T1, CreatedAt.T2, CreatedAt.T3)),
          Tuple.of(2, Arbitraries.of(CreatedAt.MISSING)),
          Tuple.of(4, Arbitraries.of(CreatedAt.class)));

  private static final Arbitrary<Oddity> ODDITIES =
      Arbitraries.frequencyOf(
          Tuple.of(8, Arbitraries.just(Oddity.NONE)), Tuple.of(2, Arbitraries.of(Oddity.class)));

  private static final Arbitrary<Said> SAID =
      Arbitraries.frequency(
          Tuple.of(300, Said.NOTHING),
          Tuple.of(200, Said.FIRST_VALUES),
          Tuple.of(200, Said.SECOND_VALUES),
          Tuple.of(120, Said.THIRD_VALUES),
          Tuple.of(100, Said.NULLS),
          Tuple.of(78, Said.PARTS),
          Tuple.of(2, Said.NONSENSE));

  private static final Arbitrary<Link> LINKS =
      Arbitraries.frequency(
          Tuple.of(10, Link.NOT_MENTIONED),
          Tuple.of(8, Link.TO_FIRST),
          Tuple.of(8, Link.TO_SECOND),
          Tuple.of(4, Link.TO_NOTHING),
          Tuple.of(2, Link.TO_STRANGER),
          Tuple.of(2, Link.TO_WRONG_TYPE));

  private static final Arbitrary<EventFamily> FAMILIES =
      Arbitraries.frequencyOf(
          Tuple.of(4, Arbitraries.just(EventFamily.MILESTONE)),
          Tuple.of(8, Arbitraries.of(EventFamily.class)));

  private static final Arbitrary<SampleResource> OFTEN_INCLUDED =
      Arbitraries.of(ResourceKind.CONTAINER, ResourceKind.SHIPMENT).flatMap(SampleSets::resources);

  private static final Arbitrary<SampleResource> ANYTHING =
      Arbitraries.of(ResourceKind.class).flatMap(SampleSets::resources);

  private SampleSets() {}

  /** All sets. */
  static Arbitrary<SampleSet> all() {
    return FAMILIES
        .flatMap(SampleSets::notifications)
        .list()
        .ofMinSize(1)
        .ofMaxSize(MOST_NOTIFICATIONS)
        .map(SampleSet::new);
  }

  private static Arbitrary<SampleNotification> notifications(EventFamily family) {
    return Arbitraries.integers()
        .between(1, family.about().count())
        .flatMap(
            number ->
                Combinators.combine(
                        IDS,
                        TIMES,
                        Arbitraries.of(family.types()),
                        ODDITIES,
                        included(family.about(), number))
                    .as(
                        (id, createdAt, type, oddity, included) ->
                            new SampleNotification(
                                id, createdAt, type, family.about(), number, oddity, included)));
  }

  /** What the notification refers to, more often than not, and other resources. */
  private static Arbitrary<List<SampleResource>> included(ResourceKind about, int number) {
    return Combinators.combine(
            resource(about, number).list().ofMaxSize(1),
            Arbitraries.frequencyOf(Tuple.of(2, OFTEN_INCLUDED), Tuple.of(1, ANYTHING))
                .list()
                .ofMaxSize(4))
        .as(
            (subject, others) -> {
              List<SampleResource> all = new ArrayList<>(subject);
              all.addAll(others);
              return all;
            });
  }

  private static Arbitrary<SampleResource> resources(ResourceKind kind) {
    return Arbitraries.integers()
        .between(1, kind.count())
        .flatMap(number -> resource(kind, number));
  }

  private static Arbitrary<SampleResource> resource(ResourceKind kind, int number) {
    return Combinators.combine(
            SAID.list().ofSize(kind.groups().size()), LINKS.list().ofSize(kind.relations().size()))
        .as((said, links) -> new SampleResource(kind, number, said, links));
  }
}
