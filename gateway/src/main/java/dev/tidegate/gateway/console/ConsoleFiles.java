package dev.tidegate.gateway.console;

import com.google.common.base.Splitter;
import com.google.common.io.Files;
import com.linecorp.armeria.common.MediaType;
import dev.tidegate.schemas.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;

/** The console's files, and its libraries' that Maven has brought. They stay as they are. */
final class ConsoleFiles {
  private static final String FOLDER = "/dev/tidegate/gateway/console/";
  private static final Pattern NAME = Pattern.compile("(pages/)?[a-z0-9-]+\\.(html|css|js|svg)");
  private static final Splitter SEGMENTS = Splitter.on('/');

  private static final Map<String, MediaType> TYPES =
      Map.of(
          "html", MediaType.HTML_UTF_8,
          "css", MediaType.CSS_UTF_8,
          "js", MediaType.parse("text/javascript; charset=utf-8"),
          "svg", MediaType.SVG_UTF_8);

  private static final Map<String, Library> LIBRARIES =
      Map.of(
          "vendor/preact.js",
          new Library("org.webjars.npm", "preact", "webjars", "dist/preact.mjs"),
          "vendor/preact-hooks.js",
          new Library("org.webjars.npm", "preact", "webjars", "hooks/dist/hooks.mjs"),
          "vendor/htm.js",
          new Library("org.mvnpm", "htm", "_static", "dist/htm.mjs"),
          "vendor/uPlot.js",
          new Library("org.webjars.npm", "uplot", "webjars", "dist/uPlot.iife.min.js"),
          "vendor/uPlot.css",
          new Library("org.webjars.npm", "uplot", "webjars", "dist/uPlot.min.css"));

  private ConsoleFiles() {}

  /** A file. Its tag is of what is in it: all gateways of a release have the same. */
  record ConsoleFile(byte[] content, MediaType type, String tag) {
    static ConsoleFile of(byte[] content, MediaType type) {
      return new ConsoleFile(content, type, Sha256.hexOf(content));
    }
  }

  /**
   * A file of a library.
   *
   * @param folder of its jar's resources
   */
  private record Library(String group, String name, String folder, String file) {
    String resource() {
      return "/META-INF/resources/%s/%s/%s/%s".formatted(folder, name, version(), file);
    }

    /** The jar tells it: it stands in the root pom only. */
    private String version() {
      String properties = "/META-INF/maven/%s/%s/pom.properties".formatted(group, name);
      try (InputStream text = ConsoleFiles.class.getResourceAsStream(properties)) {
        Properties jar = new Properties();
        jar.load(text);
        return jar.getProperty("version");
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    }
  }

  /** The page that all pages are drawn in. */
  static ConsoleFile index() {
    return named("index.html").orElseThrow();
  }

  /** The page at {@code /}. */
  static ConsoleFile start() {
    return named("start.html").orElseThrow();
  }

  /** The file of that name under {@code /console/}; empty where there is none. */
  static Optional<ConsoleFile> named(String name) {
    Library library = LIBRARIES.get(name);
    if (library == null && !NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    return contentOf(library == null ? FOLDER + name : library.resource())
        .map(content -> ConsoleFile.of(content, TYPES.get(Files.getFileExtension(name))));
  }

  /** Whether {@code path} can only be a file's: pages have no such paths. */
  static boolean isOfFile(String path) {
    String first = SEGMENTS.split(path).iterator().next();
    return first.contains(".") || first.equals("pages") || first.equals("vendor");
  }

  private static Optional<byte[]> contentOf(String resource) {
    try (InputStream content = ConsoleFiles.class.getResourceAsStream(resource)) {
      return content == null ? Optional.empty() : Optional.of(content.readAllBytes());
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }
}
