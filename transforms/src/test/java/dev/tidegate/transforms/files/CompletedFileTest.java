package dev.tidegate.transforms.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletedFileTest {
  @TempDir private Path archive;
  private Path partition;
  private Path plain;
  private Path compressed;

  @BeforeEach
  void createPartition() throws IOException {
    partition = Files.createDirectories(archive.resolve("raw_events/received_date=2026-01-31"));
    plain = partition.resolve("part-1.ndjson");
    compressed = partition.resolve("part-1.ndjson.gz");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> tree = Files.walk(archive)) {
      return tree.filter(Files::isRegularFile).toList();
    }
  }

  private String content() throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(compressed))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @Test
  void wholeFileIsCompressedAsItIs() throws IOException {
    Files.writeString(plain, "{\"a\":1}\n{\"a\":\"ü\"}\n");
    assertThat(CompletedFile.recover(archive)).isEqualTo(1);
    assertThat(files()).containsExactly(compressed);
    assertThat(content()).isEqualTo("{\"a\":1}\n{\"a\":\"ü\"}\n");
  }

  @Test
  void tornLastLineIsCutOff() throws IOException {
    Files.writeString(plain, "{\"a\":1}\n{\"a\":2}\n{\"a\":");
    assertThat(CompletedFile.recover(archive)).isEqualTo(1);
    assertThat(content()).isEqualTo("{\"a\":1}\n{\"a\":2}\n");
  }

  @Test
  void tornLineOfAnyLengthIsCutOff() throws IOException {
    for (int length : new int[] {1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 300_000}) {
      Files.writeString(plain, "{\"a\":1}\n" + "x".repeat(length));
      CompletedFile.recover(archive);
      assertThat(content()).as("%d bytes", length).isEqualTo("{\"a\":1}\n");
    }
  }

  @Test
  void wholeLastLineOfAnyLengthIsKept() throws IOException {
    for (int length : new int[] {(1 << 16) - 1, 1 << 16, 300_000}) {
      String text = "{\"a\":1}\n" + "x".repeat(length) + "\n";
      Files.writeString(plain, text);
      CompletedFile.recover(archive);
      assertThat(content()).isEqualTo(text);
    }
  }

  @Test
  void fileWithoutAWholeLineIsDeleted() throws IOException {
    Files.writeString(plain, "x".repeat(200_000));
    assertThat(CompletedFile.recover(archive)).isZero();
    assertThat(files()).isEmpty();
  }

  @Test
  void emptyFileIsDeleted() throws IOException {
    Files.createFile(plain);
    assertThat(CompletedFile.recover(archive)).isZero();
    assertThat(files()).isEmpty();
  }

  @Test
  void unfinishedCompressionIsRepeated() throws IOException {
    // Many, since folders list their files in any order.
    for (int i = 0; i < 50; i++) {
      Files.writeString(partition.resolve("part-" + i + ".ndjson"), "{}\n");
      Files.writeString(partition.resolve("part-" + i + ".ndjson.gz.tmp"), "half");
    }
    assertThat(CompletedFile.recover(archive)).isEqualTo(50);
    assertThat(files()).hasSize(50).allMatch(file -> file.toString().endsWith(".ndjson.gz"));
    assertThat(content()).isEqualTo("{}\n");
  }

  @Test
  void crashBetweenRenameAndDeleteLeavesOneCopy() throws IOException {
    Files.writeString(plain, "{}\n");
    CompletedFile.compress(plain);
    Files.writeString(plain, "{}\n");
    CompletedFile.recover(archive);
    assertThat(files()).containsExactly(compressed);
    assertThat(content()).isEqualTo("{}\n");
  }

  @Test
  void settledFilesAreLeftAlone() throws IOException {
    Files.writeString(plain, "{}\n");
    CompletedFile.recover(archive);
    byte[] before = Files.readAllBytes(compressed);
    assertThat(CompletedFile.recover(archive)).isZero();
    assertThat(compressed).hasBinaryContent(before);
  }

  @Test
  void archiveThatIsNotThereYetNeedsNothing() throws IOException {
    assertThat(CompletedFile.recover(archive.resolve("missing"))).isZero();
  }
}
