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
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The files a user named to be sent, found and checked before anything is. */
final class NotificationFiles {
  /**
   * A folder that holds more than notifications: perhaps it was not meant.
   *
   * @param notifications how many files would be sent
   * @param others the files that would not
   */
  record MixedFolder(Path folder, int notifications, List<Path> others) {
    private static final int EXAMPLES = 3;

    /** What is in it, in a sentence. */
    String contents() {
      return "%s holds %d %s that %s no notification%s by name (%s%s) beside %d that would be sent"
          .formatted(
              folder,
              others.size(),
              others.size() == 1 ? "file" : "files",
              others.size() == 1 ? "is" : "are",
              others.size() == 1 ? "" : "s",
              others.stream()
                  .limit(EXAMPLES)
                  .map(file -> folder.relativize(file).toString())
                  .collect(Collectors.joining(", ")),
              others.size() > EXAMPLES ? ", …" : "",
              notifications);
    }
  }

  private NotificationFiles() {}

  /**
   * All files of {@code arguments} in their order, folders replaced by what lies below them sorted
   * by name.
   *
   * @throws CommandFailure where one is missing, unreadable, or a folder with nothing to send
   */
  static List<Path> named(List<Path> arguments) {
    return named(arguments, strangers -> {});
  }

  /**
   * The same.
   *
   * @param approval is given each folder that holds other files too, before anything is sent; it
   *     throws where the folder is not to be sent
   */
  static List<Path> named(List<Path> arguments, Consumer<MixedFolder> approval) {
    List<Path> files = new ArrayList<>();
    for (Path argument : arguments) {
      if (Files.isDirectory(argument)) {
        Map<Boolean, List<Path>> found = below(argument);
        if (found.get(true).isEmpty()) {
          throw new CommandFailure(
              "There is no .json, .ndjson or .jsonl file in " + argument + ". Nothing was sent");
        }
        if (!found.get(false).isEmpty()) {
          approval.accept(
              new MixedFolder(argument, found.get(true).size(), List.copyOf(found.get(false))));
        }
        files.addAll(found.get(true));
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

  /** All files in a folder and below: those that are notifications by their names, and others. */
  private static Map<Boolean, List<Path>> below(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.filter(Files::isRegularFile)
          .sorted()
          .collect(
              Collectors.partitioningBy(
                  file -> plainName(file).endsWith(".json") || isLines(file)));
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
