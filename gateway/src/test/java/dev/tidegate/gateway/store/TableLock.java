package dev.tidegate.gateway.store;

import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Holds up everything that reads a table, as a slow query is held up. */
public final class TableLock implements AutoCloseable {
  private final LedgerDatabase database;
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch wanted = new CountDownLatch(1);
  private final CompletableFuture<Void> holder;

  private TableLock(LedgerDatabase database, String table) {
    this.database = database;
    holder = CompletableFuture.runAsync(() -> hold(table));
  }

  /** Locks the table; closing lets go of it. */
  public static TableLock of(TestLedger ledger, String table) throws InterruptedException {
    TableLock lock = new TableLock(ledger.open(1), table);
    lock.held.await();
    return lock;
  }

  private void hold(String table) {
    try {
      database.withHandle(
          handle -> {
            handle.execute("LOCK TABLE " + table);
            held.countDown();
            try {
              wanted.await();
            } catch (InterruptedException stopped) {
              Thread.currentThread().interrupt();
            }
            return null;
          });
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    wanted.countDown();
    holder.join();
    database.close();
  }
}
