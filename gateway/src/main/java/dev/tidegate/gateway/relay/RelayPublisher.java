package dev.tidegate.gateway.relay;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.publish.PublishException;
import dev.tidegate.gateway.publish.PublishException.Reason;
import dev.tidegate.gateway.publish.PubsubTopic;
import dev.tidegate.gateway.publish.PubsubTopic.Taken;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * Publishes rows. Those of one aggregate travel one after another, those of different ones at the
 * same time, in a bounded number of calls.
 */
final class RelayPublisher {
  /** Times the threads, this is what Google takes at a time on a connection. */
  private static final int MOST_CALLS = 24;

  /**
   * The results for rows. Those that are in none of the lists wait for a refused one.
   *
   * @param published Pub/Sub has them
   * @param refused will never be published as they are
   * @param left could not be published now
   */
  record Result(List<RelayRow> published, List<Refusal> refused, List<RelayRow> left) {}

  /** A row that is refused for good, and why. */
  record Refusal(RelayRow row, String why) {}

  private final PubsubTopic topic;

  RelayPublisher(PubsubTopic topic) {
    this.topic = topic;
  }

  /**
   * Publishes {@code rows}, and waits for the answers.
   *
   * @param within after so much time no call is begun any more: what holds the rows may then be
   *     lost
   */
  Result publish(List<RelayRow> rows, Duration within) {
    Map<Aggregate, List<RelayRow>> byAggregate = new LinkedHashMap<>();
    for (RelayRow row : rows) {
      byAggregate.computeIfAbsent(row.aggregate(), key -> new ArrayList<>()).add(row);
    }
    Round round = new Round(byAggregate.values(), System.nanoTime() + within.toNanos());
    topic.reconnect();
    return round.run();
  }

  /** One {@link #publish}. */
  private final class Round {
    private final Queue<List<RelayRow>> waiting;
    private final long deadline;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final Result result =
        new Result(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private int calls;
    private boolean away;

    Round(Iterable<List<RelayRow>> groups, long deadline) {
      waiting = new ArrayDeque<>();
      groups.forEach(waiting::add);
      this.deadline = deadline;
    }

    Result run() {
      for (int i = 0; i < MOST_CALLS; i++) {
        goOn();
      }
      done.join();
      return result;
    }

    private synchronized boolean mayCall() {
      return !away && System.nanoTime() - deadline < 0;
    }

    private void goOn() {
      List<RelayRow> group;
      synchronized (this) {
        group = waiting.poll();
        if (group == null) {
          if (calls == 0) {
            done.complete(null);
          }
          return;
        }
        calls++;
      }
      List<PubsubMessage> messages = new ArrayList<>();
      for (RelayRow row : group) {
        if (row.message() == null) {
          break;
        }
        messages.add(row.message());
      }
      topic
          .sendWhileTaken(messages, this::mayCall)
          .whenComplete(
              (taken, impossible) -> {
                settle(group, messages.size(), taken, impossible);
                goOn();
              });
    }

    private synchronized void settle(
        List<RelayRow> group, int messages, Taken taken, Throwable impossible) {
      calls--;
      int count = impossible == null ? taken.count() : 0;
      result.published.addAll(group.subList(0, count));
      if (count == group.size()) {
        return;
      }
      RelayRow next = group.get(count);
      if (impossible == null && count == messages) {
        result.refused.add(new Refusal(next, next.problem()));
        return;
      }
      PublishException why = impossible == null ? taken.failure().orElseThrow() : null;
      if (why != null && why.reason() == Reason.REFUSED) {
        result.refused.add(new Refusal(next, why.getMessage()));
        return;
      }
      away = true;
      result.left.addAll(group.subList(count, group.size()));
    }
  }
}
