package dev.tidegate.gateway.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.linecorp.armeria.common.CommonPools;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of API keys, which is read every second: a key that is added or taken away counts without
 * a restart. It holds {@code apiKeys}, a list as in the gateway's configuration. Its content is
 * compared and not its time, which a mounted secret need not change. While the file cannot be used,
 * the keys that it had last are believed.
 */
public final class ApiKeyFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApiKeyFile.class);

  private static final Duration BETWEEN_READINGS = Duration.ofSeconds(1);

  private static final YAMLMapper MAPPER =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  private static final String HEADING = "apiKeys:\n";

  private final Path file;
  private final ScheduledFuture<?> reading;
  private byte[] text;
  private volatile Map<String, Caller> callers;

  /** What stands in the file. */
  private record Content(List<ApiKey> apiKeys) {}

  private ApiKeyFile(Path file) {
    this.file = file;
    if (Files.exists(file)) {
      this.text = textOf(file);
      this.callers = CallerAuthenticator.byHash(parse(file, text));
    } else {
      LOG.warn("there is no file of API keys {} yet", file);
      this.text = new byte[0];
      this.callers = Map.of();
    }
    this.reading =
        CommonPools.blockingTaskExecutor()
            .scheduleWithFixedDelay(
                this::readAgain,
                BETWEEN_READINGS.toMillis(),
                BETWEEN_READINGS.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  /**
   * Reads {@code file}, and goes on doing so until it is closed. A file that is not there yet holds
   * no key.
   *
   * @throws IllegalArgumentException where it cannot be used
   */
  public static ApiKeyFile open(Path file) {
    return new ApiKeyFile(file);
  }

  /** The caller whose key has that SHA-256. */
  Optional<Caller> ofHash(String sha256) {
    return Optional.ofNullable(callers.get(sha256));
  }

  /** Takes on what the file says now. */
  synchronized void readAgain() {
    if (text.length == 0 && !Files.exists(file)) {
      return;
    }
    try {
      byte[] now = textOf(file);
      if (!Arrays.equals(now, text)) {
        text = now;
        callers = CallerAuthenticator.byHash(parse(file, now));
        LOG.info("{} now has {} API keys", file, callers.size());
      }
    } catch (IllegalArgumentException unusable) {
      LOG.error(
          "the API keys of the file's last valid state still count: {}", unusable.getMessage());
    } catch (RuntimeException bug) {
      // Let through, it would end the reading for good.
      LOG.error("the file of API keys cannot be read again", bug);
    }
  }

  /**
   * Adds {@code key} to {@code file}, which is made where it is not there.
   *
   * @throws IllegalArgumentException where the file cannot be used, or has such a key
   */
  public static void add(Path file, ApiKey key) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        FileLock alone = channel.lock()) {
      String before = new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
      String added =
          (before.isBlank() ? HEADING : before.endsWith("\n") ? "" : "\n")
              + "  - "
              + Json.mapper().writeValueAsString(key)
              + "\n";
      parse(file, (before + added).getBytes(UTF_8));
      // One write: nobody reads half a line.
      channel.write(ByteBuffer.wrap(added.getBytes(UTF_8)), channel.size());
      channel.force(true);
    }
  }

  private static byte[] textOf(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(
          "%s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  private static List<ApiKey> parse(Path file, byte[] text) {
    Content content;
    try {
      content = MAPPER.readValue(text, Content.class);
    } catch (JsonProcessingException unlike) {
      // Its message quotes the file, and someone may have put a key itself there.
      throw new IllegalArgumentException(
          "%s must have apiKeys, a list of id, sha256, tenant and roles%s"
              .formatted(
                  file,
                  unlike.getLocation() == null
                      ? ""
                      : ": line %d is something else".formatted(unlike.getLocation().getLineNr())));
    } catch (IOException noText) {
      throw new IllegalArgumentException("%s is not a text".formatted(file), noText);
    }
    List<ApiKey> keys =
        content == null || content.apiKeys() == null ? List.of() : content.apiKeys();
    List<String> mistakes = Authenticators.mistakesIn(keys);
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException("%s: %s".formatted(file, String.join(" ", mistakes)));
    }
    return keys;
  }

  @Override
  public void close() {
    reading.cancel(false);
  }
}
