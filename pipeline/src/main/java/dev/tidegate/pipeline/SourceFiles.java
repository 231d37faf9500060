package dev.tidegate.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.pipeline.launch.LaunchOptions;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.handlers.declared.SourceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;

/** Reads the event sources of {@code --sources}: files in YAML, wherever Beam can read files. */
public final class SourceFiles {
  /** A file that declares a source is written by people. */
  private static final int LARGEST = 1 << 20;

  private SourceFiles() {}

  /** The sources on the class path and those of {@code options}; mistakes are noted. */
  static EventSources of(LaunchOptions options, OptionReader reader) {
    EventSources installed = EventSources.installed();
    String sources = options.getSources();
    if (!OptionReader.isGiven(sources)) {
      return installed;
    }
    FileSystems.setDefaultPipelineOptions(options);
    try {
      return installed.and(parsed(List.of(sources.split(","))));
    } catch (IllegalArgumentException | SourceException unusable) {
      unusable.getMessage().lines().forEach(line -> reader.add("--sources: " + line));
      return installed;
    }
  }

  /**
   * Reads sources.
   *
   * @param places files, folders of {@code .yaml} and {@code .yml} files, or names of shipped
   *     sources
   * @throws IllegalArgumentException where a place holds none, or a source has the name or a table
   *     of another one
   * @throws SourceException with every mistake of all files
   */
  public static List<DeclaredSource> read(List<String> places) {
    List<DeclaredSource> sources = parsed(places);
    EventSources.installed().and(sources);
    return sources;
  }

  private static List<DeclaredSource> parsed(List<String> places) {
    Map<String, String> texts = new TreeMap<>();
    for (String place : places) {
      String trimmed = place.strip();
      Optional<byte[]> shipped = SourceFile.shipped(trimmed);
      if (shipped.isPresent()) {
        texts.put(trimmed + ".yaml", new String(shipped.get(), UTF_8));
      } else {
        texts.putAll(found(trimmed));
      }
    }
    return DeclaredSource.parse(texts);
  }

  private static Map<String, String> found(String place) {
    Map<String, String> texts = new TreeMap<>();
    try {
      boolean isFile = place.matches(".*\\.ya?ml");
      String folder = place.endsWith("/") ? place : place + "/";
      List<String> patterns =
          isFile ? List.of(place) : List.of(folder + "*.yaml", folder + "*.yml");
      List<MatchResult.Metadata> files =
          FileSystems.match(patterns, EmptyMatchTreatment.ALLOW).stream()
              .flatMap(result -> metadata(result).stream())
              .sorted(Comparator.comparing(file -> file.resourceId().toString()))
              .toList();
      for (MatchResult.Metadata file : files) {
        texts.put(file.resourceId().toString(), read(file));
      }
    } catch (IOException unreadable) {
      throw new IllegalArgumentException("%s cannot be read".formatted(place), unreadable);
    }
    if (texts.isEmpty()) {
      throw new IllegalArgumentException(
          "%s is no .yaml file, no folder with one, and no shipped source".formatted(place));
    }
    return texts;
  }

  private static List<MatchResult.Metadata> metadata(MatchResult result) {
    try {
      return result.metadata();
    } catch (IOException nothingThere) {
      return List.of();
    }
  }

  private static String read(MatchResult.Metadata file) throws IOException {
    if (file.sizeBytes() > LARGEST) {
      throw new IllegalArgumentException(
          "%s is larger than %d bytes".formatted(file.resourceId(), LARGEST));
    }
    try (InputStream bytes = Channels.newInputStream(FileSystems.open(file.resourceId()))) {
      return new String(bytes.readAllBytes(), UTF_8);
    }
  }
}
