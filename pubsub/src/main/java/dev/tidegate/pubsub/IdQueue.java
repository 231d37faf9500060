package dev.tidegate.pubsub;

/**
 * Message ids in rising order, first in first out, from which any id can also be taken out.
 *
 * <p>Eight bytes an id, because a subscription that nobody reads may hold millions. An id taken out
 * of the middle leaves its negative behind: it still sorts, and is skipped when its turn comes. Not
 * thread-safe.
 */
final class IdQueue {
  private static final int SMALLEST = 8;

  private long[] ring = new long[SMALLEST];
  private int head;
  private int slots;
  private int live;

  /** Appends {@code id}, which must be greater than every id appended before. */
  void add(long id) {
    if (slots > 0 && id <= Math.abs(at(slots - 1))) {
      throw new IllegalArgumentException(id + " does not rise");
    }
    if (slots == ring.length) {
      resize(ring.length * 2);
    }
    ring[index(slots)] = id;
    slots++;
    live++;
  }

  /** Takes the first id, or answers 0 (no message's id) if there is none. */
  long poll() {
    long id = peek();
    if (id != 0) {
      dropFirst();
      live--;
    }
    return id;
  }

  /** The first id, or 0 if there is none. */
  long peek() {
    while (slots > 0 && at(0) < 0) {
      dropFirst();
    }
    return slots == 0 ? 0 : at(0);
  }

  /** Takes {@code id} out, wherever it stands, and answers whether it was there. */
  boolean remove(long id) {
    int low = 0;
    int high = slots - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = at(middle);
      if (found == id) {
        ring[index(middle)] = -id;
        live--;
        return true;
      }
      if (Math.abs(found) < id) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return false;
  }

  void clear() {
    ring = new long[SMALLEST];
    head = 0;
    slots = 0;
    live = 0;
  }

  int size() {
    return live;
  }

  private void dropFirst() {
    head = index(1);
    slots--;
    if (ring.length > SMALLEST && slots < ring.length / 4) {
      resize(ring.length / 2);
    }
  }

  private long at(int slot) {
    return ring[index(slot)];
  }

  private int index(int slot) {
    // Lengths are powers of two.
    return (head + slot) & (ring.length - 1);
  }

  private void resize(int length) {
    long[] resized = new long[length];
    for (int slot = 0; slot < slots; slot++) {
      resized[slot] = at(slot);
    }
    ring = resized;
    head = 0;
  }
}
