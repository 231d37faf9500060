package dev.tidegate.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a local system is made of. An external database or Pub/Sub that it names is used, and not
 * started.
 *
 * @param dataFolder everything the system keeps
 * @param ports where it listens
 * @param pubsub which Pub/Sub it reads
 * @param database a database from outside, or empty for an embedded one
 * @param archiveFolder the file archive, or empty for one in the data folder
 * @param runner what runs the pipeline
 * @param parallelism how many instances of each step of the pipeline run at once
 * @param gatewayConfiguration a gateway's configuration whose webhooks and callers are taken in the
 *     place of those for development
 * @param sources files, folders and names of declared event sources
 * @param tenants the tenants whose events are taken; empty for every tenant's
 */
public record LocalOptions(
    Path dataFolder,
    Ports ports,
    Pubsub pubsub,
    Optional<Database> database,
    Optional<Path> archiveFolder,
    Runner runner,
    int parallelism,
    Optional<Path> gatewayConfiguration,
    List<String> sources,
    List<String> tenants) {
  /** Beyond this, one PostgreSQL on the same machine has no use for more. */
  static final int MOST_PARALLELISM = 8;

  /** One instance of each step for each core. */
  public static int parallelismOfThisMachine() {
    return parallelismFor(Runtime.getRuntime().availableProcessors());
  }

  static int parallelismFor(int cores) {
    return Math.max(1, Math.min(cores, MOST_PARALLELISM));
  }

  /** What can run the pipeline in this process. */
  public enum Runner {
    /**
     * Embedded Flink: acknowledges with its checkpoints, so that a killed process loses nothing.
     */
    FLINK,
    /** Beam's DirectRunner: for looking at things, slow, and without that promise. */
    DIRECT
  }

  /**
   * Ports on this machine; 0 picks a free one.
   *
   * @param gateway HTTP
   * @param pubsub the embedded Pub/Sub, gRPC and REST
   * @param postgres the embedded PostgreSQL
   */
  public record Ports(int gateway, int pubsub, int postgres) {}

  /**
   * Where events are read from.
   *
   * @param emulator host and port of an emulator from outside, or empty for the embedded Pub/Sub
   * @param project the project
   * @param topic the topic's short name
   * @param subscription the subscription's short name
   */
  public record Pubsub(
      Optional<String> emulator, String project, String topic, String subscription) {
    public String topicPath() {
      return "projects/%s/topics/%s".formatted(project, topic);
    }

    public String subscriptionPath() {
      return "projects/%s/subscriptions/%s".formatted(project, subscription);
    }
  }

  /**
   * A database from outside; its password is in the environment.
   *
   * @param jdbcUrl {@code jdbc:postgresql:…}
   * @param username its user
   */
  public record Database(String jdbcUrl, String username) {}
}
