package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotificationFilesTest {
  @TempDir private Path folder;

  @Test
  void foldersGiveTheirNotificationsSortedAndArgumentsKeepTheirOrder() throws IOException {
    Path late = file("z.txt");
    Path nested = file("in/deep/b.jsonl.gz");
    Path first = file("in/a.JSON");
    Path last = file("in/z.ndjson");
    file("in/readme.md");
    assertThat(NotificationFiles.named(List.of(late, folder.resolve("in"))))
        .containsExactly(late, first, nested, last);
    assertThat(NotificationFiles.isLines(nested)).isTrue();
    assertThat(NotificationFiles.isLines(first)).isFalse();
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    Path missing = folder.resolve("missing.json");
    assertThatThrownBy(() -> NotificationFiles.named(List.of(file("a.json"), missing)))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("There is no file " + missing + ". Nothing was sent");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> NotificationFiles.named(List.of(empty)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining(empty.toString());
  }

  @Test
  void compressedFilesAreReadAsWhatTheyHold() throws IOException {
    Path file = folder.resolve("a.json.gz");
    try (OutputStream compressed = new GZIPOutputStream(Files.newOutputStream(file))) {
      compressed.write(new byte[] {'{', '}', '\n'});
    }
    try (InputStream content = NotificationFiles.open(file)) {
      assertThat(content.readAllBytes()).containsExactly('{', '}', '\n');
    }
  }

  private Path file(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "{}");
  }
}
