package dev.tidegate.transforms.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.archive.ArchiveTable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NdjsonFolderTest {
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration AT_ONCE = Duration.ofNanos(-1);
  private static final Instant DAY = Instant.parse("2026-01-31T00:00:00Z");

  @TempDir private Path archive;

  /** A numbered row of a tenant. */
  private record Numbered(int i, String tenant, Instant time) {}

  private static final ArchiveTable<Numbered> TABLE =
      new ArchiveTable<>(
          "numbers",
          "received_at",
          List.of(),
          Numbered::time,
          (value, row) -> {
            row.number("i", value.i).text("tenant_id", value.tenant);
            if (value.i < 0) {
              throw new IOException("a row that cannot be written");
            }
          });

  private NdjsonFolder<Numbered> folder(NdjsonFolder.Limits limits) {
    return new NdjsonFolder<>(archive, TABLE, limits);
  }

  private NdjsonFolder<Numbered> folder() {
    return folder(NdjsonFolder.Limits.USUAL);
  }

  private static NdjsonFolder.Limits full(long bytes) {
    return new NdjsonFolder.Limits(bytes, NEVER, NEVER);
  }

  private static Numbered row(int i) {
    return new Numbered(i, "a", DAY);
  }

  private List<Path> files(String ending) throws IOException {
    try (Stream<Path> tree = Files.walk(archive)) {
      return tree.filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .toList();
    }
  }

  private void awaitCompressed(int count) {
    awaitFiles(count, 0);
  }

  private void awaitFiles(int compressed, int plain) {
    await()
        // The plain file may go while the folder is listed.
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .untilAsserted(
            () -> {
              assertThat(files(".ndjson.gz")).hasSize(compressed);
              assertThat(files(".ndjson")).hasSize(plain);
            });
  }

  /** The number of every line in the archive, compressed or not. */
  private List<Integer> numbers() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (Path file : files("")) {
      byte[] bytes = Files.readAllBytes(file);
      if (file.toString().endsWith(".gz")) {
        bytes = new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
      }
      String text = new String(bytes, UTF_8);
      assertThat(text.isEmpty() || text.endsWith("\n")).isTrue();
      for (String line : text.lines().toList()) {
        numbers.add(Json.parse(line.getBytes(UTF_8)).required("i").asInt());
      }
    }
    return numbers;
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  @Test
  void linesAreReadableAfterSyncWhileTheFileIsOpen() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder()) {
      for (int i = 0; i < 100; i++) {
        folder.append(row(i));
      }
      folder.sync();
      assertThat(numbers()).isEqualTo(range(0, 100));
      folder.append(row(100));
      folder.sync();
      folder.sync();
      assertThat(numbers()).isEqualTo(range(0, 101));
      assertThat(files(".ndjson")).hasSize(1);
    }
  }

  @Test
  void linesOfAnyLengthAreWrittenWhole() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder()) {
      for (int i = 0; i < 20; i++) {
        folder.append(new Numbered(i, "x".repeat(1 << i), DAY));
      }
      folder.append(new Numbered(20, "x".repeat(5 << 20), DAY));
      folder.append(row(21));
      folder.sync();
    }
    assertThat(numbers()).isEqualTo(range(0, 22));
  }

  @Test
  void aRowThatCannotBeWrittenLeavesNoTrace() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder()) {
      folder.append(row(0));
      assertThatThrownBy(() -> folder.append(row(-1))).hasMessageContaining("cannot be written");
      folder.append(row(1));
      folder.sync();
    }
    assertThat(numbers()).isEqualTo(range(0, 2));
  }

  @Test
  void whatTheDiskRefusesIsWrittenOnceAsSoonAsItCanBe() throws Exception {
    Path table = Files.createDirectories(archive.resolve("numbers"));
    Path inTheWay = Files.writeString(table.resolve("received_date=2026-02-01"), "");
    try (NdjsonFolder<Numbered> folder = folder()) {
      folder.append(row(0));
      FutureTask<Void> writing =
          new FutureTask<>(
              () -> {
                folder.append(new Numbered(1, "a", DAY.plus(1, ChronoUnit.DAYS)));
                folder.sync();
                return null;
              });
      new Thread(writing).start();
      await().until(() -> DiskRetry.problems().containsKey(table));
      assertThat(writing).isNotDone();

      Files.delete(inTheWay);
      await().until(writing::isDone);
      writing.get();
    }
    assertThat(numbers()).containsExactlyInAnyOrderElementsOf(range(0, 2));
    assertThat(DiskRetry.problems()).isEmpty();
    assertThat(DiskRetry.takeRetries()).isPositive();
  }

  @Test
  void aWriterThatIsStoppedDoesNotWaitForTheDisk() throws Exception {
    Path table = Files.writeString(archive.resolve("numbers"), "");
    try (NdjsonFolder<Numbered> folder = folder()) {
      FutureTask<Void> writing =
          new FutureTask<>(
              () -> {
                folder.append(row(1));
                return null;
              });
      Thread writer = new Thread(writing);
      writer.start();
      await().until(() -> DiskRetry.problems().containsKey(table));
      writer.interrupt();
      await().until(writing::isDone);
      assertThatThrownBy(writing::get).hasCauseInstanceOf(IOException.class);
    }
    assertThat(DiskRetry.problems()).isEmpty();
  }

  @Test
  void aFileThatWasTakenAwayDoesNotCountAsWritten() throws Exception {
    try (NdjsonFolder<Numbered> folder = folder()) {
      folder.append(row(0));
      Files.delete(files(".ndjson").get(0));
      assertThatThrownBy(folder::sync).isInstanceOf(NoSuchFileException.class);
    }
  }

  @Test
  void nothingIsCreatedBeforeTheFirstLine() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder()) {
      folder.sync();
    }
    assertThat(archive).isEmptyDirectory();
  }

  /** Each event once had a file completed for it, where there were more tenants than files. */
  @Test
  void allTenantsOfADayShareOneFile() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder()) {
      for (int i = 0; i < 3_000; i++) {
        folder.append(new Numbered(i, "tenant/" + i % 300 + "*", DAY.plusSeconds(i * 28L)));
        assertThat(folder.openFiles()).isEqualTo(1);
        if (i % 100 == 99) {
          folder.sync();
        }
      }
    }
    assertThat(files(""))
        .singleElement()
        .satisfies(
            file ->
                assertThat(archive.relativize(file).toString())
                    .matches("numbers/received_date=2026-01-31/part-[0-9a-f-]{36}\\.ndjson"));
    assertThat(numbers()).isEqualTo(range(0, 3_000));
  }

  @Test
  void eachDayHasAFileOfItsOwn() throws IOException {
    Instant first = Instant.parse("1969-12-31T23:59:59.999999999Z");
    try (NdjsonFolder<Numbered> folder = folder()) {
      folder.append(new Numbered(1, "a", first));
      folder.append(new Numbered(2, "a", first.plusNanos(1)));
      folder.append(new Numbered(3, "a", first));
      folder.sync();
    }
    assertThat(files(".ndjson"))
        .extracting(file -> archive.relativize(file.getParent()).toString())
        .containsExactlyInAnyOrder(
            "numbers/received_date=1969-12-31", "numbers/received_date=1970-01-01");
  }

  @Test
  void fullFileIsCompressedAndTheNextLineOpensAnother() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder(full(1_000))) {
      for (int i = 0; i < 200; i++) {
        folder.append(row(i));
      }
      folder.sync();
      awaitCompressed(1);
      folder.append(row(200));
      folder.sync();
      assertThat(files(".ndjson")).hasSize(1);
      assertThat(numbers()).containsExactlyInAnyOrderElementsOf(range(0, 201));
    }
  }

  @Test
  void oldFileIsCompressedThoughItsTableIsQuiet() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder(new NdjsonFolder.Limits(1 << 20, AT_ONCE, NEVER))) {
      folder.append(row(0));
      folder.sync();
      awaitCompressed(1);
      folder.sync();
    }
    assertThat(numbers()).isEqualTo(range(0, 1));
  }

  @Test
  void theFileOfADayThatIsOverIsCompressed() throws IOException {
    Instant nextDay = DAY.plus(1, ChronoUnit.DAYS);
    try (NdjsonFolder<Numbered> folder = folder(new NdjsonFolder.Limits(1 << 20, NEVER, AT_ONCE))) {
      folder.append(row(0));
      folder.sync();
      assertThat(folder.openFiles()).isEqualTo(1);
      folder.append(new Numbered(1, "a", nextDay));
      folder.sync();
      assertThat(folder.openFiles()).isEqualTo(1);
      awaitFiles(1, 1);
      assertThat(files(".ndjson.gz").get(0).getParent().getFileName())
          .hasToString("received_date=2026-01-31");
    }
  }

  /** Around midnight events of both days come: a file for each bundle would be too many. */
  @Test
  void theFileOfADayThatIsOverStaysWhileLinesCome() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder()) {
      for (int i = 0; i < 100; i++) {
        folder.append(new Numbered(i, "a", DAY.plus(i % 2, ChronoUnit.DAYS)));
        folder.sync();
      }
    }
    assertThat(files("")).hasSize(2);
  }

  @Test
  void compressionDoesNotHoldTheWriterUp() throws Exception {
    try (NdjsonFolder<Numbered> folder = folder(full(1))) {
      CompletedFile.ONE_AT_A_TIME.acquire();
      try {
        for (int i = 0; i < 20; i++) {
          folder.append(row(i));
          folder.sync();
        }
        assertThat(files(".ndjson")).hasSize(20);
      } finally {
        CompletedFile.ONE_AT_A_TIME.release();
      }
      awaitCompressed(20);
    }
    assertThat(numbers()).containsExactlyInAnyOrderElementsOf(range(0, 20));
  }

  /** Whoever has many files to compress does not hold a process up that wants to end. */
  @Test
  void whatIsNotCompressedAtTheEndTheNextStartCompresses() throws Exception {
    CompletedFile.ONE_AT_A_TIME.acquire();
    try (NdjsonFolder<Numbered> folder = folder(full(1))) {
      for (int i = 0; i < 200; i++) {
        folder.append(row(i));
        folder.sync();
      }
    } finally {
      CompletedFile.ONE_AT_A_TIME.release();
    }
    // Its last thread has nothing left to do, and may be just ending.
    await().untilAsserted(() -> assertThat(compressionThreads()).isEmpty());
    assertThat(files(".tmp")).isEmpty();
    assertThat(files(".ndjson")).hasSize(200);
    assertThat(CompletedFile.recover(archive)).isEqualTo(200);
    assertThat(files(".ndjson.gz")).hasSize(200);
    assertThat(numbers()).containsExactlyInAnyOrderElementsOf(range(0, 200));
  }

  @Test
  void noThreadStaysWhereNothingIsCompressed() throws IOException {
    try (NdjsonFolder<Numbered> folder = folder(full(1))) {
      folder.append(row(0));
      folder.sync();
      awaitCompressed(1);
      await().untilAsserted(() -> assertThat(compressionThreads()).isEmpty());
    }
  }

  private static List<Thread> compressionThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("archive-compression"))
        .toList();
  }

  @Test
  void manyDaysInOneBundleKeepABoundedNumberOfFilesOpen() throws IOException {
    int days = NdjsonFolder.MAX_OPEN_FILES + 50;
    try (NdjsonFolder<Numbered> folder = folder()) {
      for (int i = 0; i < days; i++) {
        folder.append(new Numbered(i, "a", DAY.plus(i, ChronoUnit.DAYS)));
        assertThat(folder.openFiles()).isLessThanOrEqualTo(NdjsonFolder.MAX_OPEN_FILES);
      }
      folder.append(new Numbered(days, "a", DAY.plus(days - 1, ChronoUnit.DAYS)));
      folder.append(new Numbered(days + 1, "a", DAY));
      folder.sync();
      await()
          .ignoreExceptionsInstanceOf(UncheckedIOException.class)
          .until(() -> files(".ndjson").size() == NdjsonFolder.MAX_OPEN_FILES);
    }
    assertThat(numbers()).containsExactlyInAnyOrderElementsOf(range(0, days + 2));
  }

  @Test
  void severalWritersShareAFolder() throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    for (int writer = 0; writer < 4; writer++) {
      int from = writer * 1_000;
      Thread thread =
          new Thread(
              () -> {
                try (NdjsonFolder<Numbered> folder = folder(full(2_000))) {
                  for (int i = from; i < from + 1_000; i++) {
                    folder.append(row(i));
                    if (i % 200 == 199) {
                      folder.sync();
                    }
                  }
                } catch (IOException failure) {
                  failures.add(failure);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    CompletedFile.recover(archive);
    assertThat(numbers()).containsExactlyInAnyOrderElementsOf(range(0, 4_000));
  }

  @Test
  void whatWasNotSyncedMayBeLostButNothingElse() throws IOException {
    NdjsonFolder<Numbered> folder = folder();
    folder.append(row(0));
    folder.sync();
    folder.append(row(1));
    folder.close();
    assertThat(CompletedFile.recover(archive)).isEqualTo(1);
    assertThat(numbers()).startsWith(0).hasSizeLessThanOrEqualTo(2);
  }
}
