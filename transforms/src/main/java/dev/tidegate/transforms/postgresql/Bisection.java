package dev.tidegate.transforms.postgresql;

import dev.tidegate.transforms.refusals.RefusalHistory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Writes a batch in one transaction, and where the database refuses that, in ever smaller parts,
 * each a transaction of its own, until what it refuses is alone and all else is written.
 *
 * <p>A batch that takes too long is split once, into single items: smaller parts would take as
 * long, time after time. Where these take too long as well, it is the database that is slow, and
 * the rest is not tried.
 *
 * @param <T> what a batch is made of
 */
final class Bisection<T> {
  /**
   * Into how many parts a refused batch is split. Of 500 events with one poison 2 parts write twice
   * the rows, 6 parts 1.2 times, in about as many transactions.
   */
  private static final int PARTS = 6;

  /** So many that take too long one after the other, with nothing written between them, tell. */
  private static final int TOO_SLOW = 3;

  /** Tries of an item alone, where its error may pass. */
  private static final int TRIES = 3;

  private final Writing<T> writing;
  private final List<T> written = new ArrayList<>();
  private final List<Refused<T>> refused = new ArrayList<>();
  private final List<T> untried = new ArrayList<>();

  Bisection(Writing<T> writing) {
    this.writing = writing;
  }

  /** Writes a part in one transaction. */
  @FunctionalInterface
  interface Writing<T> {
    /**
     * @throws SQLException where nothing of it is written
     */
    void write(List<T> part) throws SQLException;
  }

  /** What the database refused when it was alone, and how. */
  record Refused<T>(T item, SQLException failure) {}

  /**
   * Writes what it can of {@code batch}.
   *
   * @throws SQLException where the failure is none of the statement: the database is away
   */
  void write(List<T> batch) throws SQLException {
    SqlFailure.Kind failed = attempt(batch);
    if (failed == null || batch.size() == 1) {
      return;
    }
    if (failed == SqlFailure.Kind.TIMEOUT) {
      writeSingly(batch);
      return;
    }
    int size = (batch.size() + PARTS - 1) / PARTS;
    for (int from = 0; from < batch.size(); from += size) {
      write(batch.subList(from, Math.min(from + size, batch.size())));
    }
  }

  /** Writes each item of {@code batch} in a transaction of its own, in any order. */
  void writeSingly(List<T> batch) throws SQLException {
    List<T> items = new ArrayList<>(batch);
    // Neighbours may have one cause. What tells of a slow database should have several.
    Collections.shuffle(items, new Random(items.size()));
    int slow = 0;
    for (T item : items) {
      if (slow == TOO_SLOW) {
        untried.add(item);
      } else {
        slow = attempt(List.of(item)) == SqlFailure.Kind.TIMEOUT ? slow + 1 : 0;
      }
    }
  }

  /** Tries some more what was refused alone for a reason that may pass, with pauses between. */
  void tryAgain(TransientRetry retry) throws SQLException {
    for (int tries = 1; tries < TRIES && mayPass(); tries++) {
      TransientRetry.pause(tries, retry.deadline());
      List<Refused<T>> before = new ArrayList<>(refused);
      refused.clear();
      for (Refused<T> one : before) {
        if (mayPass(one)) {
          retry.listener().retried();
          attempt(List.of(one.item));
        } else {
          refused.add(one);
        }
      }
    }
  }

  /** So many do not fail by chance. */
  private boolean mayPass() {
    return refused.size() < RefusalHistory.ENOUGH
        && untried.isEmpty()
        && refused.stream().anyMatch(Bisection::mayPass);
  }

  private static boolean mayPass(Refused<?> refused) {
    SqlFailure.Kind kind = SqlFailure.kindOf(refused.failure);
    return kind == SqlFailure.Kind.UNKNOWN || kind == SqlFailure.Kind.DEFINITION;
  }

  /** How it failed; null where it is written. */
  private SqlFailure.@Nullable Kind attempt(List<T> part) throws SQLException {
    try {
      writing.write(part);
      written.addAll(part);
      return null;
    } catch (SQLException failure) {
      SqlFailure.Kind kind = SqlFailure.kindOf(failure);
      if (!kind.isOfTheStatement()) {
        throw failure;
      }
      if (part.size() == 1) {
        refused.add(new Refused<>(part.get(0), failure));
      }
      return kind;
    }
  }

  List<T> written() {
    return written;
  }

  List<Refused<T>> refused() {
    return refused;
  }

  /** What was not tried alone, because everything takes too long. */
  List<T> untried() {
    return untried;
  }
}
