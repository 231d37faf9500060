package dev.tidegate.local;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Where the parts of a running system are, as its data folder tells: what lets every command find
 * the system by itself. It holds no secret: a database password stays in the environment.
 *
 * @param pid the process that runs the pipeline
 * @param pubsubEndpoint host and port of Pub/Sub or its emulator, plaintext
 * @param project the Pub/Sub project
 * @param topic the topic's short name
 * @param subscription the subscription's short name
 * @param jdbcUrl PostgreSQL's JDBC URL, without credentials
 * @param jdbcUsername PostgreSQL's user
 * @param archiveFolder the file archive: {@code raw_events} and {@code dead_letters} lie in it
 * @param gatewayUrl where the gateway listens; {@code /status} answers there
 * @param sources the declared event sources that it runs: files, folders and names
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunningSystem(
    @JsonProperty("pid") long pid,
    @JsonProperty("pubsub_endpoint") String pubsubEndpoint,
    @JsonProperty("project") String project,
    @JsonProperty("topic") String topic,
    @JsonProperty("subscription") String subscription,
    @JsonProperty("jdbc_url") String jdbcUrl,
    @JsonProperty("jdbc_username") String jdbcUsername,
    @JsonProperty("archive_folder") String archiveFolder,
    @JsonProperty("gateway_url") String gatewayUrl,
    @JsonProperty("sources") List<String> sources) {
  /** The file's name in the data folder. */
  static final String FILE = "running.json";

  private static final JsonMapper MAPPER = new JsonMapper();

  /**
   * The system that runs on {@code dataFolder}, or empty where none does: no file, or the process
   * that wrote it is gone.
   */
  public static Optional<RunningSystem> in(Path dataFolder) throws IOException {
    try {
      RunningSystem system =
          MAPPER.readValue(Files.readAllBytes(dataFolder.resolve(FILE)), RunningSystem.class);
      return ProcessHandle.of(system.pid()).filter(ProcessHandle::isAlive).map(alive -> system);
    } catch (NoSuchFileException notRunning) {
      return Optional.empty();
    }
  }

  /**
   * PostgreSQL's URL as psql and most programs take it, without a password: {@code
   * postgresql://postgres@localhost:5433/postgres}.
   */
  public String postgresUrl() {
    return postgresUrl(jdbcUsername);
  }

  /** The same for another user. */
  public String postgresUrl(String username) {
    Properties database = Driver.parseURL(jdbcUrl, new Properties());
    String host = PGProperty.PG_HOST.getOrDefault(database);
    return "postgresql://%s@%s:%s/%s"
        .formatted(
            encoded(username),
            host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host,
            PGProperty.PG_PORT.getOrDefault(database),
            encoded(PGProperty.PG_DBNAME.getOrDefault(database)));
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Tells all later commands about this system, atomically. */
  public void announce(Path dataFolder) throws IOException {
    Path unfinished = dataFolder.resolve(FILE + ".tmp");
    Files.write(unfinished, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    Files.move(
        unfinished,
        dataFolder.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Takes the announcement back. */
  public static void withdraw(Path dataFolder) throws IOException {
    Files.deleteIfExists(dataFolder.resolve(FILE));
  }
}
