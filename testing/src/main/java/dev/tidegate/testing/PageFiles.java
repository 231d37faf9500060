package dev.tidegate.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The files that a page tells its readers to write: each is a block of code after its path, which
 * stands in backticks and ends with a colon.
 */
public final class PageFiles {
  private static final Pattern FILE =
      Pattern.compile("(?ms)`(src/[^`\\s]+|pom\\.xml)`:\\n\\n```\\w*\\n(.*?)```$");

  private PageFiles() {}

  /** The text of each file by its path, in the order of the page; the last where it has several. */
  public static Map<String, String> of(String page) {
    Map<String, String> files = new LinkedHashMap<>();
    for (MatchResult file : FILE.matcher(page).results().toList()) {
      files.put(file.group(1), file.group(2));
    }
    return files;
  }

  /** The same of a page in a file. */
  public static Map<String, String> of(Path page) throws IOException {
    return of(Files.readString(page));
  }

  /** The Java files below a folder such as {@code src/main/java}, by their names alone. */
  public static Map<String, String> javaIn(Map<String, String> files, String folder) {
    Map<String, String> named = new LinkedHashMap<>();
    files.forEach(
        (path, text) -> {
          if (path.startsWith(folder) && path.endsWith(".java")) {
            named.put(path.substring(path.lastIndexOf('/') + 1), text);
          }
        });
    return named;
  }
}
