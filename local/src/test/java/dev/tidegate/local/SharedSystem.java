package dev.tidegate.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;

/**
 * One whole system for the classes of {@link SharedSystemIT}, which only send and look: starting
 * one takes ten seconds. Their events do not meet, since each has IDs of its own. A class that
 * stops the system, empties a table or counts all rows starts one of its own with {@link
 * #optionsOn}.
 */
public final class SharedSystem {
  private static boolean stopped;

  private SharedSystem() {}

  /** The system. It stops when the JVM ends. */
  public static LocalSystem get() {
    return Started.SYSTEM;
  }

  /** Its data folder, which is {@code .tidegate} in a folder of its own, as in a checkout. */
  public static Path dataFolder() {
    return Started.FOLDER.resolve(".tidegate");
  }

  /** A system with everything embedded, on free ports and on Flink. */
  public static LocalOptions optionsOn(Path dataFolder) {
    return optionsOn(dataFolder, Optional.empty());
  }

  /** The same with a database from outside, if there is one. */
  public static LocalOptions optionsOn(Path dataFolder, Optional<LocalOptions.Database> database) {
    return optionsOn(dataFolder, database, List.of());
  }

  private static LocalOptions optionsOn(
      Path dataFolder, Optional<LocalOptions.Database> database, List<String> sources) {
    return new LocalOptions(
        dataFolder,
        new LocalOptions.Ports(0, 0, 0),
        new LocalOptions.Pubsub(Optional.empty(), "local-dev", "events", "events-pipeline"),
        database,
        Optional.empty(),
        LocalOptions.Runner.FLINK,
        LocalOptions.parallelismOfThisMachine(),
        Optional.empty(),
        sources,
        List.of());
  }

  /** Stops it, once for all. A class that is run alone leaves that to the end of the JVM. */
  static synchronized void stop() {
    if (!stopped) {
      stopped = true;
      Started.SYSTEM.close();
      FileUtils.deleteQuietly(Started.FOLDER.toFile());
    }
  }

  private static final class Started {
    private static final Path FOLDER = createFolder();
    private static final LocalSystem SYSTEM = start();

    private static Path createFolder() {
      try {
        return Files.createTempDirectory("tidegate-shared");
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    private static LocalSystem start() {
      try {
        Path sources = Files.createDirectory(FOLDER.resolve("sources"));
        for (String name : List.of("github", "stripe", "shopify")) {
          // Without tables: what the gateway makes of their webhooks is looked at.
          Files.writeString(
              sources.resolve(name + ".yaml"),
              """
              source: %s
              webhook: { scheme: %s }
              events: { push: { schema: { required: [ref] }, rows: [] } }
              """
                  .formatted(name, name));
        }
        LocalSystem system =
            LocalSystem.start(
                optionsOn(
                    FOLDER.resolve(".tidegate"), Optional.empty(), List.of(sources.toString())),
                step -> {});
        Runtime.getRuntime().addShutdownHook(new Thread(SharedSystem::stop, "stop-shared-system"));
        return system;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
