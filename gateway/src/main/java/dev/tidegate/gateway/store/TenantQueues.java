package dev.tidegate.gateway.store;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * A bulkhead for each tenant: a few of its queries run at a time, some wait for their turn and hold
 * no thread, and the rest is refused. So one tenant's slow queries do not delay others.
 */
final class TenantQueues {
  static final int MOST_WAITING = 200;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** What a tenant has under way; without anything there is none. */
  private static final class Queue {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int running;
  }

  private final Map<String, Queue> queues = new ConcurrentHashMap<>();
  private final int atOnce;

  /**
   * @param atOnce queries of one tenant that run at a time
   */
  TenantQueues(int atOnce) {
    this.atOnce = atOnce;
  }

  /**
   * Runs {@code query} on {@code executor} when it is its turn.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code TOO_MANY_REQUESTS}
   */
  void add(String tenant, Executor executor, Runnable query) {
    Runnable start = () -> executor.execute(() -> run(tenant, query));
    queues.compute(
        tenant,
        (name, known) -> {
          Queue queue = known == null ? new Queue() : known;
          if (queue.running < atOnce) {
            queue.running++;
            start.run();
          } else if (queue.waiting.size() < MOST_WAITING) {
            queue.waiting.add(start);
          } else {
            throw Problem.of(
                    ProblemType.TOO_MANY_REQUESTS, "Wait for the answers to what was asked before.")
                .retryAfter(RETRY_AFTER)
                .asException();
          }
          return queue;
        });
  }

  private void run(String tenant, Runnable query) {
    try {
      query.run();
    } finally {
      queues.computeIfPresent(
          tenant,
          (name, queue) -> {
            Runnable next = queue.waiting.poll();
            if (next != null) {
              next.run();
              return queue;
            }
            return --queue.running == 0 ? null : queue;
          });
    }
  }
}
