package dev.tidegate.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What the embedded PostgreSQL says, in a file of the data folder. */
final class PostgresLog {
  private static final String FILE = "postgresql.log";
  private static final String OLD_FILE = "postgresql.1.log";

  /** A file above this size is put aside at the next start. */
  private static final long FULL_BYTES = 5 << 20;

  private static final long TAIL_BYTES = 16 << 10;
  private static final int LAST_LINES = 4;

  private final Path file;
  private final long begin;

  private PostgresLog(Path file, long begin) {
    this.file = file;
    this.begin = begin;
  }

  /** The log of a server that is about to be started. */
  static PostgresLog in(Path folder) throws IOException {
    PrivateFolder.create(folder);
    Path file = folder.resolve(FILE);
    if (Files.exists(file) && Files.size(file) > FULL_BYTES) {
      Files.move(file, folder.resolve(OLD_FILE), StandardCopyOption.REPLACE_EXISTING);
    }
    return new PostgresLog(file, Files.exists(file) ? Files.size(file) : 0);
  }

  Path file() {
    return file;
  }

  /** Whether the launcher says that the server has ended before it was up. */
  boolean tellsOfAFailedStart() throws IOException {
    return read().contains("could not start server");
  }

  /** The server's last words since its start, in one line; empty where it has said nothing. */
  String lastWords() throws IOException {
    List<String> lines =
        read()
            .lines()
            // What the launcher writes before the server's first words, then time and process ID.
            .map(
                line ->
                    line.replaceFirst("^waiting for server to [a-z ]+\\.*( stopped waiting)?", ""))
            .map(line -> line.replaceFirst("^[-0-9]+ [.:0-9]+ \\w+ \\[\\d+] ", "").strip())
            .filter(line -> !isTheLaunchers(line))
            .toList();
    return String.join("; ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }

  private static boolean isTheLaunchers(String line) {
    return line.isEmpty() || line.startsWith("pg_ctl:") || line.startsWith("Examine the log");
  }

  private String read() throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long from = Math.max(begin, channel.size() - TAIL_BYTES);
      ByteBuffer tail = ByteBuffer.allocate((int) Math.max(0, channel.size() - from));
      while (tail.hasRemaining() && channel.read(tail, from + tail.position()) >= 0) {
        // Reads on: a channel may give less than asked for.
      }
      return new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8);
    }
  }
}
