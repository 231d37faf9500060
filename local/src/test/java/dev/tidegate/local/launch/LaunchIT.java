package dev.tidegate.local.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.pipeline.EventPipeline;
import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.pipeline.launch.InvalidOptionsException;
import dev.tidegate.pipeline.launch.Launch;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A launch for Dataflow stops before the job starts, and says what to change. */
class LaunchIT {
  private static final String SUBSCRIPTION = "projects/own-project/subscriptions/events";
  private static final String DATASET = "/bigquery/v2/projects/own-project/datasets/archive";

  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final TestDatabase NOT_MIGRATED = TestDatabase.createEmpty();

  @TempDir private static Path folder;
  private static EmbeddedPubsub pubsub;
  private static GoogleStandIn google;

  private final Map<String, String> options = new LinkedHashMap<>();
  private final List<EventPipelineOptions> started = new ArrayList<>();

  @BeforeAll
  static void startServers() throws Exception {
    pubsub = EmbeddedPubsub.start(folder, 0);
    put("projects/own-project/topics/events", "{}");
    put("projects/own-project/topics/letters", "{}");
    put(SUBSCRIPTION, "{\"topic\": \"projects/own-project/topics/events\"}");
    google = GoogleStandIn.start();
  }

  @AfterAll
  static void stopServers() throws IOException {
    google.close();
    pubsub.close();
  }

  @BeforeEach
  void giveUsableOptions() {
    google.answer(DATASET, "{\"location\": \"EU\"}");
    google.answer(DATASET + "/tables/raw_events", null);
    options.put("runner", "DataflowRunner");
    options.put("project", "own-project");
    options.put("region", "europe-west1");
    options.put("maxNumWorkers", "4");
    options.put(
        "credentialFactoryClass", "org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory");
    options.put("pubsubRootUrl", "http://" + pubsub.endpoint());
    options.put("bigQueryEndpoint", google.url());
    options.put("inputSubscription", SUBSCRIPTION);
    options.put("deadLetterTopic", "projects/own-project/topics/letters");
    options.put("archiveDataset", "own-project.archive");
    options.put("jdbcUrl", DATABASE.jdbcUrl());
    options.put("jdbcUsername", TestDatabase.USERNAME);
  }

  @Test
  void startsWhereNothingIsWrong() {
    assertThatCode(this::launch).doesNotThrowAnyException();
    assertThat(started).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "europe-west1-b | --region must be a region, and europe-west1-b is a zone: --region=europe-west1",
        "Europe         | --region must be a region, such as europe-west1, and not Europe",
        "us-central1    | --archiveDataset own-project.archive is in EU and --region in us-central1"
      })
  void wrongRegion(String region, String mistake) {
    options.put("region", region);
    assertRefusedFor(mistake);
  }

  @Test
  void subscriptionOfAnotherProject() {
    options.put("inputSubscription", "projects/other-project/subscriptions/events");
    assertRefusedFor(
        "--inputSubscription must be a subscription, and there is no"
            + " projects/other-project/subscriptions/events; it is of the project other-project and"
            + " the job of own-project: name a subscription of own-project, or have other-project"
            + " grant this one");
  }

  @Test
  void topicThatIsNotThere() {
    options.put("deadLetterTopic", "projects/own-project/topics/none");
    assertRefusedFor("--deadLetterTopic must be a topic, and there is no");
  }

  @Test
  void unreachableDatabase() {
    options.put("jdbcUrl", "jdbc:postgresql://localhost:1/tidegate");
    assertRefusedFor("--jdbcUrl must be reachable from where this is launched");
  }

  @Test
  void databaseThatIsNotThere() {
    options.put("jdbcUrl", DATABASE.jdbcUrl() + "_none");
    assertRefusedFor("--jdbcUrl must name a database");
  }

  @Test
  void databaseWithAnotherSchema() {
    options.put("jdbcUrl", NOT_MIGRATED.jdbcUrl());
    assertRefusedFor("--jdbcUrl is not migrated to this version: the table events is missing");
  }

  @Test
  void tableWithAnotherColumn() throws SQLException {
    DATABASE.execute("ALTER TABLE event_dead_letters ALTER COLUMN attempts TYPE bigint");
    try {
      assertRefusedFor(
          "--jdbcUrl is not migrated to this version: the column event_dead_letters.attempts must be"
              + " integer and is bigint");
    } finally {
      DATABASE.execute("ALTER TABLE event_dead_letters ALTER COLUMN attempts TYPE integer");
    }
  }

  @ParameterizedTest
  @CsvSource({"jdbcPoolSize, 50", "maxNumWorkers, 50"})
  void moreConnectionsThanTheDatabaseHas(String option, String value) {
    options.put(option, value);
    assertRefusedFor("--jdbcPoolSize must be smaller, or --maxNumWorkers: ");
  }

  @Test
  void moreConnectionsThanTheDatabaseHasOnFlink() {
    options.put("runner", "FlinkRunner");
    options.put("parallelism", "50");
    assertRefusedFor("--jdbcPoolSize must be smaller, or --maxNumWorkers: ");
  }

  @Test
  void nobodyKnowsHowManyConnections() {
    options.remove("maxNumWorkers");
    assertRefusedFor("--maxNumWorkers must be given: each worker opens 4 connections");
  }

  @Test
  void datasetThatIsNotThere() {
    options.put("archiveDataset", "own-project.none");
    assertRefusedFor("--archiveDataset own-project.none must exist, and does not");
  }

  @Test
  void archiveTableWithAnotherSchema() {
    google.answer(
        DATASET + "/tables/raw_events",
        """
        {"schema": {"fields": [
          {"name": "notification_id", "type": "INTEGER"},
          {"name": "colour", "type": "STRING", "mode": "REQUIRED"}]}}
        """);
    assertRefusedFor(
        "--archiveDataset own-project.archive has another table raw_events: the column notification_id must be STRING and is INTEGER",
        "--archiveDataset own-project.archive has another table raw_events: the column tenant_id is missing",
        "--archiveDataset own-project.archive has another table raw_events: the column colour is none of ours and must be NULLABLE");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"deadLetterPolicy\": {\"deadLetterTopic\": \"t\"}        | no dead-letter policy",
        "\"retryPolicy\": {\"minimumBackoff\": \"10s\"}           | no retry policy",
        "\"enableMessageOrdering\": true                        | no message ordering",
        "\"pushConfig\": {\"pushEndpoint\": \"https://example.com\"} | neither push nor export",
        "\"topic\": \"_deleted-topic_\"                           | a topic, and it has none"
      })
  void subscriptionThatThePipelineCannotRead(String setting, String mistake) {
    options.put("pubsubRootUrl", google.url());
    options.remove("deadLetterTopic");
    google.answer("/v1/" + SUBSCRIPTION, "{" + setting + "}");
    assertRefusedFor("--inputSubscription must have " + mistake);
  }

  @Test
  void subscriptionThatMayNotBeRead() {
    options.put("pubsubRootUrl", google.url());
    options.remove("deadLetterTopic");
    google.answer("/v1/" + SUBSCRIPTION, "{}");
    google.answer("/v1/" + SUBSCRIPTION + ":testIamPermissions", "{}");
    assertRefusedFor("--inputSubscription may not be read: grant roles/pubsub.subscriber");
    google.answer("/v1/" + SUBSCRIPTION + ":testIamPermissions", null);
  }

  private static final String SHOP =
      """
      source: shop
      tables:
        shop_orders: { key: { order_id: text }, groups: { state: { status: text, total: numeric } } }
        shop_notes: { key: { note_id: text }, groups: { note: { words: text } } }
      events:
        seen: { rows: [ { table: shop_orders, key: { order_id: payload.id } } ] }
      """;

  @Test
  void whatTheDatabaseLacksOfDeclaredSourcesIsToldWithWhatToRun() throws Exception {
    options.put("sources", Files.writeString(folder.resolve("shop.yaml"), SHOP).toString());
    String place =
        "--jdbc-url='%s' --jdbc-user='%s'".formatted(DATABASE.jdbcUrl(), TestDatabase.USERNAME);
    String apply =
        "--jdbcUrl can be added to: ./tidegate sources apply FILE %s adds the tables and columns"
            .formatted(place);
    String lacks = "--jdbcUrl is not as the sources declare it: ";
    assertRefusedFor(
        lacks + "the table shop_orders is missing",
        lacks + "the table shop_notes is missing",
        apply);
    DATABASE.execute(
        "CREATE TABLE shop_orders (tenant_id text, order_id text, total text,"
            + " column_versions jsonb, updated_at timestamptz DEFAULT now(), updated_xid xid8 DEFAULT pg_current_xact_id(),"
            + " PRIMARY KEY (tenant_id, order_id))",
        "CREATE TABLE shop_notes (tenant_id text, note_id text, words text, note_version bytea,"
            + " column_versions jsonb, updated_at timestamptz DEFAULT now(), updated_xid xid8 DEFAULT pg_current_xact_id())");
    try {
      assertRefusedFor(
          lacks + "the column shop_orders.status is missing",
          lacks + "the column shop_orders.state_version is missing",
          lacks + "the column shop_orders.total must be numeric and is text",
          lacks + "the table shop_notes must have the primary key (tenant_id, note_id)",
          apply);
      DATABASE.execute(
          "ALTER TABLE shop_orders DROP COLUMN total, ADD COLUMN total numeric,"
              + " ADD COLUMN status text, ADD COLUMN state_version bytea",
          "ALTER TABLE shop_notes ADD PRIMARY KEY (tenant_id, note_id)");
      String view = "views: { sums: { from: shop_orders, group_by: [], columns: { n: count() } } }";
      String file = options.get("sources");
      options.put("sources", Files.writeString(folder.resolve("b.yaml"), SHOP + view).toString());
      assertRefusedFor(lacks + "the view sums is missing", apply);
      options.put("sources", file);
      assertThatCode(this::launch).doesNotThrowAnyException();
    } finally {
      DATABASE.execute("DROP TABLE shop_orders, shop_notes");
    }
    started.clear();
    options.put("jdbcUrl", NOT_MIGRATED.jdbcUrl());
    assertRefusedFor(
        "--jdbcUrl is not migrated to this version: the table events is missing",
        "--jdbcUrl is not migrated to this version: the table containers is missing",
        "--jdbcUrl can be migrated: ./tidegate migrate --jdbc-url='%s'"
            .formatted(NOT_MIGRATED.jdbcUrl()),
        lacks + "the table shop_orders is missing");
  }

  @Test
  void mistakesOfAllSourceFilesComeWithThoseOfOtherOptions() throws Exception {
    Path sources = Files.createDirectory(folder.resolve("sources"));
    Files.writeString(sources.resolve("a.yaml"), SHOP.replace("payload.id", "payload.id >"));
    Files.writeString(sources.resolve("b.yml"), SHOP.replace("source: shop", "sorce: shop"));
    Files.writeString(sources.resolve("c.yaml"), "source: [");
    Files.writeString(
        sources.resolve("d.yaml"),
        SHOP.replace("table: shop_orders", "table: shop_order")
            .replace("payload.id", "payload.id +")
            .replace("source: shop", "source: d"));
    Files.writeString(
        sources.resolve("e.yaml"), SHOP.replace("source: shop", "source: terminal49"));
    Files.writeString(sources.resolve("f.yaml"), SHOP.replace("shop_notes", "containers"));
    options.put("sources", sources + ",strpe");
    options.put("dedupeWindow", "soon");
    String[] mistakes = {
      "--sources: strpe is no .yaml file, no folder with one, and no shipped source; did you mean stripe?",
      "a.yaml:6: /events/seen/rows/0/key/order_id column 13:",
      "b.yml:1: /sorce is not known; did you mean source?",
      "c.yaml is neither YAML nor JSON, or names something twice near line 1",
      "d.yaml:6: /events/seen/rows/0/table is no table of this source; did you mean shop_orders?",
      "d.yaml:6: /events/seen/rows/0/key/order_id column 13:",
      "--sources: two event sources are named terminal49: ",
      "e.yaml:1",
      "f.yaml:4: the table containers is of both event sources terminal49 and shop",
      "--dedupeWindow must be"
    };
    assertRefusedFor(mistakes);

    options.remove("deadLetterTopic");
    options.remove("inputSubscription");
    options.remove("dedupeWindow");
    options.put("from", "DEAD_LETTERS");
    options.put("output", "SINKS");
    options.put("rate", "-1");
    assertThatThrownBy(() -> ReplayPipeline.launch().launch(arguments()))
        .isInstanceOf(InvalidOptionsException.class)
        .hasMessageContainingAll(Arrays.copyOf(mistakes, mistakes.length - 1))
        .hasMessageContaining("--rate must be");
  }

  @Test
  void allThatIsWrongIsToldAtOnce() {
    options.put("inputSubscripton", "x");
    options.put("jdbcPoolSize", "many");
    options.put("dedupeWindow", "soon");
    options.put("region", "europe-west1-b");
    options.put("inputSubscription", "projects/own-project/subscriptions/none");
    options.put("jdbcUrl", "jdbc:postgresql://localhost:1/tidegate");
    options.put("archiveDataset", "own-project.none");
    assertRefusedFor(
        "--inputSubscripton is not an option: did you mean --inputSubscription?",
        "--jdbcPoolSize must be one whole number",
        "--dedupeWindow must be a whole number and ms, s, m, h or d",
        "--region must be a region",
        "--inputSubscription must be a subscription",
        "--jdbcUrl must be reachable",
        "--archiveDataset own-project.none must exist");
  }

  @Test
  void checksCanBeLeftOut() {
    options.put("jdbcUrl", "jdbc:postgresql://localhost:1/tidegate");
    options.put("launchChecks", "false");
    assertThatCode(this::launch).doesNotThrowAnyException();
  }

  private void assertRefusedFor(String... mistakes) {
    assertThatThrownBy(this::launch)
        .isInstanceOf(InvalidOptionsException.class)
        .satisfies(
            refused ->
                assertThat(refused.getMessage().lines())
                    .as("nothing is told of options that are right")
                    .allMatch(
                        line ->
                            Arrays.stream(mistakes)
                                .anyMatch(
                                    mistake ->
                                        line.startsWith(mistake.split(" ", 2)[0])
                                            || line.contains(mistake))))
        .hasMessageContainingAll(mistakes);
    assertThat(started).isEmpty();
  }

  /** As the pipeline's main does, but for the job itself. */
  private void launch() {
    Launch<EventPipelineOptions, EventPipelineConfiguration> launch = EventPipeline.launch();
    new Launch<>(
            launch.pipeline(),
            launch.type(),
            launch.configuring(),
            (launched, parsed) -> started.add(launched))
        .launch(arguments());
  }

  private String[] arguments() {
    return options.entrySet().stream()
        .map(option -> "--%s=%s".formatted(option.getKey(), option.getValue()))
        .toArray(String[]::new);
  }

  private static void put(String resource, String body) throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://%s/v1/%s".formatted(pubsub.endpoint(), resource)))
                    .header("Content-Type", "application/json")
                    .PUT(HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }
}
