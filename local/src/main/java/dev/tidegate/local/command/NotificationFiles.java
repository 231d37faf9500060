package dev.tidegate.local.command;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The files a user named to be sent, found and checked before anything is. */
final class NotificationFiles {
  private NotificationFiles() {}

  /**
   * All files of {@code arguments} in their order, folders replaced by what lies below them sorted
   * by name.
   *
   * @throws CommandFailure where one is missing, unreadable, or a folder with nothing to send
   */
  static List<Path> named(List<Path> arguments) {
    List<Path> files = new ArrayList<>();
    for (Path argument : arguments) {
      if (Files.isDirectory(argument)) {
        List<Path> found = below(argument);
        if (found.isEmpty()) {
          throw new CommandFailure(
              "There is no .json, .ndjson or .jsonl file in " + argument + ". Nothing was sent");
        }
        files.addAll(found);
      } else {
        files.add(argument);
      }
    }
    for (Path file : files) {
      if (!Files.exists(file)) {
        throw new CommandFailure("There is no file " + file + ". Nothing was sent");
      }
      if (!Files.isReadable(file)) {
        throw new CommandFailure("The file " + file + " cannot be read. Nothing was sent");
      }
    }
    return List.copyOf(files);
  }

  private static List<Path> below(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.filter(Files::isRegularFile)
          .filter(file -> plainName(file).endsWith(".json") || isLines(file))
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException unreadable) {
      throw new CommandFailure(
          "The folder "
              + folder
              + " cannot be read ("
              + FailureReport.reason(unreadable)
              + "). Nothing was sent",
          unreadable);
    }
  }

  /** Whether {@code file} holds a notification a line. */
  static boolean isLines(Path file) {
    String name = plainName(file);
    return name.endsWith(".ndjson") || name.endsWith(".jsonl");
  }

  /** The bytes of {@code file}, decompressed. */
  static InputStream open(Path file) throws IOException {
    InputStream bytes = Files.newInputStream(file);
    try {
      return isCompressed(file)
          ? new GZIPInputStream(bytes, 1 << 16)
          : new BufferedInputStream(bytes, 1 << 16);
    } catch (IOException notGzip) {
      bytes.close();
      throw notGzip;
    }
  }

  private static boolean isCompressed(Path file) {
    return lowerName(file).endsWith(".gz");
  }

  private static String plainName(Path file) {
    return lowerName(file).replaceAll("\\.gz$", "");
  }

  private static String lowerName(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT);
  }
}
