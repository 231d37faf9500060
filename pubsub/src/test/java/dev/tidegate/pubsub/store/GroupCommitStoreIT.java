package dev.tidegate.pubsub.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tidegate.pubsub.store.GroupCommitStore.Reason;
import dev.tidegate.pubsub.store.GroupCommitStore.UnavailableException;
import dev.tidegate.testing.SmallDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupCommitStoreIT {
  private static final long MOST_QUEUED_BYTES = 1_000;

  @TempDir Path folder;

  /** Texts by number. */
  private static final class Texts implements GroupCommitStore.Contents {
    private final MVMap<Integer, String> map;
    private final AtomicInteger commits = new AtomicInteger();

    Texts(MVStore store) {
      map = store.openMap("texts", new MVMap.Builder<Integer, String>());
    }

    @Override
    public boolean isRefusal(RuntimeException thrown) {
      return thrown instanceof IllegalArgumentException;
    }

    @Override
    public void committed() {
      commits.incrementAndGet();
    }

    String put(int number, String text) {
      map.put(number, text);
      return text;
    }
  }

  @Test
  void whatQueuesUpSharesACommitAndIsAnsweredInItsOrder() throws Exception {
    try (GroupCommitStore<Texts> store = open(folder)) {
      CountDownLatch queued = new CountDownLatch(1);
      // It is read here while the store still answers.
      List<String> order = new CopyOnWriteArrayList<>();
      store.submitLazily(texts -> awaitUninterrupted(queued));
      List<CompletableFuture<String>> changes = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int number = i;
        changes.add(store.submit(1, texts -> texts.put(number, "text " + number), order::add));
      }
      int before = store.contents().commits.get();
      queued.countDown();
      for (int i = 0; i < 100; i++) {
        assertThat(changes.get(i).get()).isEqualTo("text " + i);
        assertThat(order).contains("text " + i);
      }
      assertThat(store.contents().commits.get() - before).isLessThanOrEqualTo(2);
      assertThat(order).isEqualTo(changes.stream().map(CompletableFuture::join).toList());
    }
    try (GroupCommitStore<Texts> again = open(folder)) {
      assertThat(again.contents().map).hasSize(100);
    }
  }

  @Test
  void aRefusedChangeStandsInNobodysWay() throws Exception {
    try (GroupCommitStore<Texts> store = open(folder)) {
      CompletableFuture<String> refused =
          store.submit(
              1,
              texts -> {
                throw new IllegalArgumentException("not this one");
              },
              done -> {});
      assertThatThrownBy(refused::join).hasRootCauseMessage("not this one");
      assertThat(put(store, 1, "next")).isEqualTo("next");
      assertThat(store.problem()).isEmpty();
    }
  }

  @Test
  void aChangeThatBreaksOffIsUndone() throws Exception {
    try (GroupCommitStore<Texts> store = open(folder)) {
      put(store, 1, "kept");
      CompletableFuture<String> broken =
          store.submit(
              1,
              texts -> {
                texts.put(2, "half");
                throw new IllegalStateException("in the middle");
              },
              done -> {});
      assertThat(reasonOf(broken)).isEqualTo(Reason.FAILED);
      await().until(() -> store.problem().isEmpty());
      assertThat(store.contents().map).containsOnlyKeys(1);
    }
  }

  @Test
  void whatWaitsForTheDiskIsBounded() throws Exception {
    try (GroupCommitStore<Texts> store = open(folder)) {
      CountDownLatch queued = new CountDownLatch(1);
      store.submitLazily(texts -> awaitUninterrupted(queued));
      CompletableFuture<String> first =
          store.submit(MOST_QUEUED_BYTES, texts -> texts.put(1, "first"), done -> {});
      assertThat(reasonOf(store.submit(1, texts -> texts.put(2, "too many"), done -> {})))
          .isEqualTo(Reason.OVERLOADED);
      queued.countDown();
      assertThat(first.get()).isEqualTo("first");
      assertThat(put(store, 3, "room again")).isEqualTo("room again");
    }
  }

  @Test
  void closingKeepsWhatWasSubmittedAndRefusesTheRest() throws Exception {
    GroupCommitStore<Texts> store = open(folder);
    store.submitLazily(texts -> texts.put(1, "lazy"));
    store.close();
    assertThat(reasonOf(store.submit(1, texts -> texts.put(2, "late"), done -> {})))
        .isEqualTo(Reason.CLOSED);
    try (GroupCommitStore<Texts> again = open(folder)) {
      assertThat(again.contents().map).containsOnlyKeys(1);
    }
  }

  @Test
  void aFullDiskFailsChangesUntilItHasRoomAgain() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"), 2)) {
      disk.assumeMounted();
      try (GroupCommitStore<Texts> store = open(disk.folder().resolve("data"))) {
        put(store, 1, "kept");
        disk.fill();
        await()
            .untilAsserted(
                () ->
                    assertThat(
                            reasonOf(
                                store.submit(
                                    1, texts -> texts.put(2, "x".repeat(9_000)), done -> {})))
                        .isEqualTo(Reason.FAILED));
        assertThat(store.problem().orElseThrow())
            .contains(disk.folder().toString())
            .contains("cannot be written");

        disk.makeRoom();
        await().until(() -> store.problem().isEmpty());
        assertThat(store.contents().map.get(1)).isEqualTo("kept");
        assertThat(put(store, 3, "again")).isEqualTo("again");
      }
    }
  }

  @Test
  void aStoreThatCannotBeWrittenCloses() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"), 2)) {
      disk.assumeMounted();
      GroupCommitStore<Texts> store = open(disk.folder());
      disk.fill();
      await().until(() -> fails(store));
      store.close();
      assertThatThrownBy(() -> open(disk.folder())).isInstanceOf(IOException.class);
    }
  }

  private static boolean fails(GroupCommitStore<Texts> store) {
    return store
        .submit(1, texts -> texts.put(1, "x".repeat(9_000)), done -> {})
        .isCompletedExceptionally();
  }

  private static GroupCommitStore<Texts> open(Path folder) throws IOException {
    return GroupCommitStore.open(folder.resolve("texts.mv"), MOST_QUEUED_BYTES, Texts::new);
  }

  private static String put(GroupCommitStore<Texts> store, int number, String text) {
    return store.submit(1, texts -> texts.put(number, text), done -> {}).join();
  }

  private static Reason reasonOf(CompletableFuture<String> change) {
    try {
      throw new AssertionError("was made: " + change.join());
    } catch (CompletionException failed) {
      return ((UnavailableException) failed.getCause()).reason();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
