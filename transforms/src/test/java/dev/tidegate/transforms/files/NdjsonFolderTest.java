package dev.tidegate.transforms.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NdjsonFolderTest {
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir private Path archive;

  private List<Path> files(String ending) throws IOException {
    try (Stream<Path> tree = Files.walk(archive)) {
      return tree.filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .toList();
    }
  }

  /** Every line in the archive, compressed or not. */
  private List<String> lines() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path file : files("")) {
      byte[] bytes = Files.readAllBytes(file);
      if (file.toString().endsWith(".gz")) {
        bytes = new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
      }
      String text = new String(bytes, UTF_8);
      assertThat(text.isEmpty() || text.endsWith("\n")).isTrue();
      text.lines().forEach(lines::add);
    }
    return lines;
  }

  private static byte[] line(int i) {
    return ("{\"i\":" + i + "}").getBytes(UTF_8);
  }

  private static String[] lines(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "{\"i\":" + i + "}").toArray(String[]::new);
  }

  @Test
  void linesAreReadableAfterSyncWhileTheFileIsOpen() throws IOException {
    try (NdjsonFolder folder = new NdjsonFolder(archive)) {
      for (int i = 0; i < 100; i++) {
        folder.append("day=1/tenant=a", line(i));
      }
      folder.sync();
      assertThat(lines()).containsExactly(lines(0, 100));
      folder.append("day=1/tenant=a", line(100));
      folder.sync();
      folder.sync();
      assertThat(lines()).containsExactly(lines(0, 101));
      assertThat(files(".ndjson")).hasSize(1);
    }
  }

  @Test
  void whatTheDiskRefusesIsWrittenOnceAsSoonAsItCanBe() throws Exception {
    Path inTheWay = Files.writeString(archive.resolve("day=1"), "");
    try (NdjsonFolder folder = new NdjsonFolder(archive)) {
      folder.append("day=0", line(0));
      FutureTask<Void> writing =
          new FutureTask<>(
              () -> {
                folder.append("day=1/tenant=a", line(1));
                folder.sync();
                return null;
              });
      new Thread(writing).start();
      await().until(() -> DiskRetry.problems().containsKey(archive));
      assertThat(writing).isNotDone();

      Files.delete(inTheWay);
      await().until(writing::isDone);
      writing.get();
    }
    assertThat(lines()).containsExactlyInAnyOrder(lines(0, 2));
    assertThat(DiskRetry.problems()).isEmpty();
    assertThat(DiskRetry.takeRetries()).isPositive();
  }

  @Test
  void aWriterThatIsStoppedDoesNotWaitForTheDisk() throws Exception {
    Files.writeString(archive.resolve("day=1"), "");
    try (NdjsonFolder folder = new NdjsonFolder(archive)) {
      FutureTask<Void> writing =
          new FutureTask<>(
              () -> {
                folder.append("day=1/tenant=a", line(1));
                return null;
              });
      Thread writer = new Thread(writing);
      writer.start();
      await().until(() -> DiskRetry.problems().containsKey(archive));
      writer.interrupt();
      await().until(writing::isDone);
      assertThatThrownBy(writing::get).hasCauseInstanceOf(IOException.class);
    }
    assertThat(DiskRetry.problems()).isEmpty();
  }

  @Test
  void aFileThatWasTakenAwayDoesNotCountAsWritten() throws Exception {
    try (NdjsonFolder folder = new NdjsonFolder(archive)) {
      folder.append("day=1", line(0));
      Files.delete(files(".ndjson").get(0));
      assertThatThrownBy(folder::sync).isInstanceOf(NoSuchFileException.class);
    }
  }

  @Test
  void nothingIsCreatedBeforeTheFirstLine() throws IOException {
    try (NdjsonFolder folder = new NdjsonFolder(archive.resolve("raw_events"))) {
      folder.sync();
    }
    assertThat(archive).isEmptyDirectory();
  }

  @Test
  void eachPartitionHasAFileOfItsOwn() throws IOException {
    try (NdjsonFolder folder = new NdjsonFolder(archive)) {
      folder.append("day=1/tenant=a", line(1));
      folder.append("day=2/tenant=a", line(2));
      folder.sync();
    }
    assertThat(files(".ndjson"))
        .extracting(file -> archive.relativize(file.getParent()).toString())
        .containsExactlyInAnyOrder("day=1/tenant=a", "day=2/tenant=a");
  }

  @Test
  void fullFileIsCompressedAndTheNextLineOpensAnother() throws IOException {
    try (NdjsonFolder folder = new NdjsonFolder(archive, 1_000, NEVER)) {
      for (int i = 0; i < 200; i++) {
        folder.append("p", line(i));
      }
      folder.sync();
      assertThat(files(".ndjson")).isEmpty();
      assertThat(files(".ndjson.gz")).hasSize(1);
      folder.append("p", line(200));
      folder.sync();
      assertThat(files(".ndjson")).hasSize(1);
      assertThat(lines()).containsExactlyInAnyOrder(lines(0, 201));
    }
  }

  @Test
  void oldFileIsCompressedThoughItsPartitionIsQuiet() throws IOException {
    try (NdjsonFolder folder = new NdjsonFolder(archive, 1 << 20, Duration.ofNanos(-1))) {
      folder.append("p", line(0));
      folder.sync();
      assertThat(files(".ndjson.gz")).hasSize(1);
      assertThat(files("")).hasSize(1);
      folder.sync();
    }
    assertThat(lines()).containsExactly(lines(0, 1));
  }

  @Test
  void manyTenantsInOneBundleKeepABoundedNumberOfFilesOpen() throws IOException {
    int tenants = NdjsonFolder.MAX_OPEN_FILES + 50;
    try (NdjsonFolder folder = new NdjsonFolder(archive)) {
      for (int i = 0; i < tenants; i++) {
        folder.append("tenant=" + i, line(i));
        assertThat(folder.openFiles()).isLessThanOrEqualTo(NdjsonFolder.MAX_OPEN_FILES);
      }
      folder.append("tenant=" + (tenants - 1), line(tenants));
      folder.append("tenant=0", line(tenants + 1));
      folder.sync();
    }
    assertThat(lines()).containsExactlyInAnyOrder(lines(0, tenants + 2));
    assertThat(files(".ndjson")).hasSize(NdjsonFolder.MAX_OPEN_FILES);
  }

  @Test
  void severalWritersShareAFolder() throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (int writer = 0; writer < 4; writer++) {
      int from = writer * 1_000;
      Thread thread =
          new Thread(
              () -> {
                try (NdjsonFolder folder = new NdjsonFolder(archive, 2_000, NEVER)) {
                  for (int i = from; i < from + 1_000; i++) {
                    folder.append("p", line(i));
                    if (i % 200 == 199) {
                      folder.sync();
                    }
                  }
                } catch (IOException failure) {
                  synchronized (failures) {
                    failures.add(failure);
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    assertThat(lines()).containsExactlyInAnyOrder(lines(0, 4_000));
  }

  @Test
  void whatWasNotSyncedMayBeLostButNothingElse() throws IOException {
    NdjsonFolder folder = new NdjsonFolder(archive);
    folder.append("p", line(0));
    folder.sync();
    folder.append("p", line(1));
    folder.close();
    assertThat(CompletedFile.recover(archive)).isEqualTo(1);
    assertThat(lines()).startsWith(lines(0, 1)).hasSizeLessThanOrEqualTo(2);
  }
}
