package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.local.LocalLogging;
import dev.tidegate.schemas.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tidegate logs}: the log of the system on the data folder, whether it runs or not. */
@Command(
    name = "logs",
    description = "Show the log of the system on the data folder. It need not run.",
    footer = {"", "Examples:", "  tidegate logs -f", "  tidegate logs --errors -n 1000"})
public final class LogsCommand implements Callable<Integer> {
  private static final long POLL_MILLIS = 250;

  @Mixin private DataFolderOption data;
  @Mixin private OutputOption output;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with new entries, until Ctrl-C.")
  private boolean follow;

  @Option(names = "--errors", description = "Show errors only.")
  private boolean errors;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      defaultValue = "100",
      description = "The last N entries; ${DEFAULT-VALUE} by default.")
  private int most;

  private OutputOption.Items items;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (most < 0) {
      throw output.mistake("--lines is 0 or more, not " + most);
    }
    Path file = data.folder().resolve("logs").resolve(LocalLogging.FILE);
    items = output.endlessly("timestamp", "level", "loggerName", "formattedMessage");
    InputStream log;
    try {
      log = open(file);
    } catch (NoSuchFileException none) {
      throw new CommandFailure(
          "There is no log %s. Start a system with ./tidegate up, or name its folder with --data"
              .formatted(file),
          none);
    }
    try {
      Object key = keyOf(file);
      Deque<JsonNode> last = new ArrayDeque<>();
      for (Optional<JsonNode> entry = next(log); entry.isPresent(); entry = next(log)) {
        last.add(entry.get());
        if (last.size() > most) {
          last.remove();
        }
      }
      last.forEach(this::show);
      output.out().flush();
      while (follow && !output.out().checkError()) {
        for (Optional<JsonNode> entry = next(log); entry.isPresent(); entry = next(log)) {
          show(entry.get());
        }
        if (Files.exists(file) && !key.equals(keyOf(file))) {
          // The log begins a new file from time to time; this one has been read to its end.
          log.close();
          key = keyOf(file);
          log = open(file);
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      log.close();
    }
    return 0;
  }

  private static InputStream open(Path file) throws IOException {
    return new BufferedInputStream(Files.newInputStream(file), 1 << 16);
  }

  private static Object keyOf(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return Optional.ofNullable(attributes.fileKey()).orElse(attributes.creationTime());
  }

  /** The next entry that is wanted; empty where there is none yet. A line may be half written. */
  private Optional<JsonNode> next(InputStream log) throws IOException {
    for (int character = log.read(); character >= 0; character = log.read()) {
      line.write(character);
      if (character == '\n') {
        byte[] whole = line.toByteArray();
        line.reset();
        Optional<JsonNode> entry = read(whole);
        if (entry.isPresent()) {
          return entry;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<JsonNode> read(byte[] bytes) {
    JsonNode entry;
    try {
      entry = Json.parse(bytes);
    } catch (JsonProcessingException torn) {
      entry = Json.mapper().createObjectNode().put("formattedMessage", new String(bytes, UTF_8));
    }
    return Optional.of(entry)
        .filter(known -> !errors || known.path("level").asText().equals("ERROR"));
  }

  private void show(JsonNode entry) {
    if (!output.isForPeople() || output.isQuiet()) {
      items.add(entry);
      return;
    }
    JsonNode thrown = entry.path("throwable");
    String message =
        "%s %-5s %s  %s%s"
            .formatted(
                Instant.ofEpochMilli(entry.path("timestamp").asLong()),
                entry.path("level").asText(),
                entry.path("loggerName").asText().replaceFirst("^.*\\.", ""),
                entry.path("formattedMessage").asText().strip(),
                thrown.isObject()
                    ? " (%s: %s)"
                        .formatted(
                            thrown.path("className").asText(), thrown.path("message").asText())
                    : "");
    output.out().print(DisplayText.escaped(message) + "\n");
  }
}
