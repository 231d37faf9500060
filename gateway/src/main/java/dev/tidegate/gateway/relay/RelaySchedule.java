package dev.tidegate.gateway.relay;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives turns to everything that a relay does, with a few threads: the one whose turn has been due
 * longest comes first. A turn that fails is tried again with longer and longer waits.
 */
final class RelaySchedule implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RelaySchedule.class);

  /** Says that there is nothing to do before it is woken, or the poll. */
  static final Duration UNTIL_WOKEN = Duration.ofDays(1);

  /** If it is woken often, its turns are at least this far apart, and each has more to do. */
  private static final Duration BETWEEN_TURNS = Duration.ofMillis(10);

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(15);

  /** Something that is done a part at a time. */
  interface Turn {
    /** Does a part of it. */
    Rest take() throws SQLException;
  }

  /**
   * How long something rests between turns.
   *
   * @param endsWhenWoken or only when the time is over
   */
  record Rest(Duration duration, boolean endsWhenWoken) {
    static Rest untilWoken(Duration atMost) {
      return new Rest(atMost, true);
    }

    static Rest inAnyCase(Duration duration) {
      return new Rest(duration, false);
    }
  }

  private static final class Slot {
    private final Turn turn;
    private final Supplier<Duration> poll;
    private long dueAt = System.nanoTime();
    private long wakeableAt = dueAt;
    private boolean running;
    private boolean woken;
    private int failures;
    private String problem = "";

    Slot(Turn turn, Supplier<Duration> poll) {
      this.turn = turn;
      this.poll = poll;
    }
  }

  private final List<Slot> slots = new ArrayList<>();
  private final ExecutorService threads;
  private final int count;
  private boolean stopping;

  /** Starts without anything to do. */
  RelaySchedule(int count) {
    this.count = count;
    threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "relay");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Adds something to do.
   *
   * @param poll the longest rest
   */
  synchronized void add(Turn turn, Supplier<Duration> poll) {
    slots.add(new Slot(turn, poll));
  }

  /** The parts that cannot continue now, and why. */
  synchronized Optional<String> problem() {
    return slots.stream()
        .filter(slot -> slot.failures > 0)
        .findFirst()
        .map(slot -> "%s: %s".formatted(slot.turn, slot.problem));
  }

  /** Begins. */
  void start() {
    for (int i = 0; i < count; i++) {
      threads.execute(this::work);
    }
  }

  /** Ends the rest of what is chosen; a part that has its turn now gets another one. */
  synchronized void wake(Predicate<Turn> chosen) {
    for (Slot slot : slots) {
      if (chosen.test(slot.turn)) {
        slot.woken = true;
        if (slot.dueAt - slot.wakeableAt > 0) {
          slot.dueAt = slot.wakeableAt;
        }
      }
    }
    notifyAll();
  }

  private void work() {
    for (Slot slot = next(); slot != null; slot = next()) {
      Rest rest;
      try {
        rest = slot.turn.take();
        succeeded(slot);
      } catch (SQLException | RuntimeException failure) {
        rest = Rest.inAnyCase(waitAfter(failed(slot, failure)));
      }
      rest(slot, rest);
    }
  }

  private synchronized void succeeded(Slot slot) {
    if (slot.failures > 0) {
      LOG.info("the relay goes on with {}", slot.turn);
      slot.failures = 0;
    }
  }

  /** How often it had failed in a row before. */
  private synchronized int failed(Slot slot, Exception failure) {
    slot.problem = String.valueOf(failure.getMessage());
    if (slot.failures == 0) {
      LOG.warn("the relay cannot go on with {}; it tries again", slot.turn, failure);
    }
    return slot.failures++;
  }

  /** Waits for a turn; null where it is time to stop. */
  private synchronized @Nullable Slot next() {
    while (!stopping) {
      Slot next = null;
      for (Slot slot : slots) {
        if (!slot.running && (next == null || slot.dueAt - next.dueAt < 0)) {
          next = slot;
        }
      }
      long now = System.nanoTime();
      try {
        if (next == null) {
          wait();
        } else if (next.dueAt - now > 0) {
          TimeUnit.NANOSECONDS.timedWait(this, next.dueAt - now);
        } else {
          next.running = true;
          next.woken = false;
          return next;
        }
      } catch (InterruptedException stop) {
        return null;
      }
    }
    return null;
  }

  private synchronized void rest(Slot slot, Rest rest) {
    long now = System.nanoTime();
    long duration = Math.min(rest.duration().toNanos(), slot.poll.get().toNanos());
    slot.dueAt = now + duration;
    slot.wakeableAt =
        rest.endsWhenWoken() ? now + Math.min(duration, BETWEEN_TURNS.toNanos()) : slot.dueAt;
    if (slot.woken) {
      slot.dueAt = slot.wakeableAt;
    }
    slot.running = false;
    notifyAll();
  }

  /** Longer with each failure, and never the same for two relays. */
  static Duration waitAfter(int failures) {
    return waitAfter(failures, SHORTEST_WAIT, LONGEST_WAIT);
  }

  static Duration waitAfter(int failures, Duration first, Duration most) {
    long longest = Math.min(most.toMillis(), first.toMillis() << Math.min(failures, 10));
    return Duration.ofMillis(longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1));
  }

  /** Waits for the running turns to end. */
  @Override
  public void close() {
    synchronized (this) {
      stopping = true;
      notifyAll();
    }
    threads.shutdown();
    try {
      if (!threads.awaitTermination(LONGEST_CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("the relay did not stop in time: its last rows are published again");
      }
    } catch (InterruptedException atOnce) {
      Thread.currentThread().interrupt();
    }
  }
}
