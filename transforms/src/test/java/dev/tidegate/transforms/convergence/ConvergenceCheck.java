package dev.tidegate.transforms.convergence;

import static java.util.stream.Collectors.joining;

import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Version;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.PipelineSteps;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Holds sets of messages to promise 2: through the pipeline's own steps and writer into a real
 * database, in one order after the other, each for a tenant of its own; then all that the tables
 * hold of these tenants must be the same, byte by byte.
 *
 * <p>What they must hold is told by the plainest of all orders: one event at a time, from the
 * oldest version to the newest. There the last one to write is always the newest, so that no guard
 * and no merging decides anything, and no second implementation of the rules is needed to know the
 * outcome.
 */
final class ConvergenceCheck implements AutoCloseable {
  /**
   * Later than any message says it is, so that none is refused for its clock unless meant to be.
   */
  static final Instant RECEIVED = Instant.parse("2026-05-01T12:00:00Z");

  private static final AtomicInteger CHECKS = new AtomicInteger();

  /** Two checks of one source have no tenant in common. */
  private final int number = CHECKS.incrementAndGet();

  private final ConnectionPool pool;
  private final EventWriter writer;
  private final TableContents contents;
  private final RunCounts counts;

  private final EventSources sources;
  private final String source;

  ConvergenceCheck(TestDatabase database) {
    this(database, EventSources.installed(), Terminal49.NAME);
  }

  /**
   * @param source whose messages they are
   */
  ConvergenceCheck(TestDatabase database, EventSources sources, String source) {
    this(database, sources, source, List.of());
  }

  /**
   * @param further what must converge beside the sources' tables and the ledger
   */
  ConvergenceCheck(
      TestDatabase database, EventSources sources, String source, List<ComparedTable> further) {
    this.sources = sources;
    this.source = source;
    List<ComparedTable> tables =
        Stream.of(
                sources.tables().stream().map(ComparedTable::of),
                Stream.of(ComparedTable.LEDGER),
                further.stream())
            .flatMap(each -> each)
            .toList();
    pool = ConnectionPool.open(TestConfiguration.of(database));
    writer = new EventWriter(pool, new TransientRetry(() -> {}), sources, true);
    contents = new TableContents(tables);
    counts = new RunCounts(tables.size());
  }

  /** What was checked so far. */
  RunCounts counts() {
    return counts;
  }

  /**
   * Applies {@code messages} oldest first and in each of {@code orders}.
   *
   * @return the tenant whose rows are those that all orders led to
   */
  String assertConverges(List<Message> messages, List<DeliveryOrder> orders) throws SQLException {
    counts.cases++;
    counts.notifications += messages.size();
    DeliveryOrder oldestFirst = DeliveryOrder.oneByOne(oldestFirst(messages));
    String expected = apply(oldestFirst);
    List<String> tenants = new ArrayList<>(List.of(expected));
    for (DeliveryOrder order : orders) {
      tenants.add(apply(order));
    }
    try (Connection connection = pool.connection()) {
      Map<String, TableContents.Digest> digests = contents.digests(connection, tenants);
      for (int i = 0; i < orders.size(); i++) {
        String found = tenants.get(i + 1);
        if (!digests.get(found).equals(digests.get(expected))) {
          throw new AssertionError(
              """
              the tables depend on the order
              written %s
              but %s
              makes a difference in
              %s"""
                  .formatted(
                      oldestFirst,
                      orders.get(i),
                      contents.differences(connection, expected, found).stream()
                          .collect(joining("\n"))));
        }
      }
      digests.values().forEach(digest -> counts.rows += digest.rows());
    }
    return expected;
  }

  /** Those that are rejected come first: they have no version, and write nothing. */
  private List<Message> oldestFirst(List<Message> messages) {
    record Versioned(Message message, Optional<Version> version) {}
    List<Versioned> versioned =
        messages.stream()
            .map(
                message ->
                    new Versioned(
                        message,
                        transformed("nobody", message, RECEIVED)
                            .map(event -> event.event().version())))
            .toList();
    counts.rejected += versioned.stream().filter(v -> v.version().isEmpty()).count();
    return versioned.stream()
        .sorted(
            Comparator.comparing(
                v -> v.version().orElse(null), Comparator.nullsFirst(Comparator.naturalOrder())))
        .map(Versioned::message)
        .toList();
  }

  /** Writes {@code order} for a new tenant. */
  private String apply(DeliveryOrder order) throws SQLException {
    String tenant = "%s-%d-%d".formatted(source, number, counts.orders++);
    Instant received = RECEIVED;
    for (List<Message> batch : order.batches()) {
      List<EventWriter.Entry> entries = new ArrayList<>();
      for (Message message : batch) {
        received = received.plusSeconds(1);
        Instant startedAt = received;
        transformed(tenant, message, received)
            .ifPresent(event -> entries.add(new EventWriter.Entry(event, startedAt)));
      }
      if (!entries.isEmpty()) {
        counts.batches++;
        writer.write(
            entries,
            (entry, reason) -> {
              throw new AssertionError(
                  "the database refused what all checks had passed: %s of %s"
                      .formatted(reason, entry.transformed()));
            });
      }
    }
    return tenant;
  }

  private Optional<TransformedEvent> transformed(String tenant, Message message, Instant received) {
    // Of Terminal49's notifications the time of receipt is no part of the version. Of others it is,
    // and a message keeps its own however often it is delivered.
    Instant at =
        source.equals(Terminal49.NAME)
            ? received
            : RECEIVED.plusSeconds(Math.floorMod(message.name().hashCode(), 1_000));
    return PipelineSteps.apply(sources, tenant, source, message.body(), message.attributes(), at);
  }

  @Override
  public void close() {
    pool.close();
  }
}
