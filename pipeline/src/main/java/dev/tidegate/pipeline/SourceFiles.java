package dev.tidegate.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.pipeline.launch.LaunchOptions;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;

/** Reads the event sources of {@code --sources}: files in YAML, wherever Beam can read files. */
public final class SourceFiles {
  private SourceFiles() {}

  /** The sources on the class path and those of {@code options}; mistakes are noted. */
  static EventSources of(LaunchOptions options, OptionReader reader) {
    FileSystems.setDefaultPipelineOptions(options);
    Reading reading = new Reading();
    String sources = options.getSources();
    reading.read(OptionReader.isGiven(sources) ? List.of(sources.split(",")) : List.of());
    reading.mistakes.forEach(mistake -> reader.add("--sources: " + mistake));
    return reading.all;
  }

  /**
   * Reads sources.
   *
   * @param places files, folders of {@code .yaml} and {@code .yml} files, or names of shipped
   *     sources
   * @throws IllegalArgumentException with every mistake of all places and files, a line each: a
   *     place that holds none, a file with mistakes, a source with the name or a table of another
   */
  public static List<DeclaredSource> read(List<String> places) {
    Reading reading = new Reading();
    reading.read(places);
    reading.throwIfAny();
    return reading.declared;
  }

  /**
   * The sources on the class path and those that {@code places} declare.
   *
   * @throws IllegalArgumentException as {@link #read}
   */
  public static EventSources withInstalled(List<String> places) {
    Reading reading = new Reading();
    reading.read(places);
    reading.throwIfAny();
    return reading.all;
  }

  /**
   * The content of the files of {@code places}, by name; of a place that cannot be read, why it
   * cannot.
   */
  public static Map<String, String> texts(List<String> places) {
    Map<String, String> texts = new TreeMap<>();
    for (String place : places) {
      try {
        texts.putAll(textsOf(place));
      } catch (IllegalArgumentException unusable) {
        texts.put(place, String.valueOf(unusable.getMessage()));
      }
    }
    return texts;
  }

  /**
   * One reading of all places. It continues after each mistake, so that all are reported at once.
   */
  private static final class Reading {
    private final List<String> mistakes = new ArrayList<>();
    private final List<DeclaredSource> declared = new ArrayList<>();
    private EventSources all = EventSources.of(List.of());

    void read(List<String> places) {
      Map<String, String> texts = new TreeMap<>();
      for (String place : places) {
        noting(() -> texts.putAll(textsOf(place)));
      }
      texts.forEach((file, text) -> noting(() -> declared.add(DeclaredSource.parse(file, text))));
      noting(() -> all = EventSources.installed());
      noting(() -> all = all.and(declared));
    }

    private void noting(Runnable step) {
      try {
        step.run();
      } catch (IllegalArgumentException unusable) {
        unusable.getMessage().lines().forEach(mistakes::add);
      }
    }

    void throwIfAny() {
      if (!mistakes.isEmpty()) {
        throw new IllegalArgumentException(String.join("\n", mistakes));
      }
    }
  }

  private static Map<String, String> textsOf(String place) {
    String trimmed = place.strip();
    return SourceFile.shipped(trimmed)
        .map(text -> Map.of(trimmed + ".yaml", new String(text, UTF_8)))
        .orElseGet(() -> found(trimmed));
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
      throw SourceFile.noneAt(place);
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
    if (file.sizeBytes() > SourceFile.LARGEST) {
      throw new IllegalArgumentException(
          "%s is larger than %d bytes".formatted(file.resourceId(), SourceFile.LARGEST));
    }
    try (InputStream bytes = Channels.newInputStream(FileSystems.open(file.resourceId()))) {
      return new String(bytes.readAllBytes(), UTF_8);
    }
  }
}
