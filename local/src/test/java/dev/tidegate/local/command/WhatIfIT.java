package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SharedSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.schemas.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What handlers would make of the events of a running system, by command and over the API. */
public class WhatIfIT {
  private static final String TENANT = "what-if";

  @TempDir private static Path folder;

  private static RunningSystem running;
  private static ReachableSystem system;

  @BeforeAll
  static void sendEvents() throws Exception {
    running = SharedSystem.get().description();
    system = new ReachableSystem(running);
    for (String id : List.of("w1", "w2", "w3")) {
      system.publish(
          """
          {"data":{"id":"%1$s","type":"webhook_notification","attributes":{"event":
           "container.created","created_at":"2026-01-31T10:00:00Z"}},"included":[{"id":"%1$s",
           "type":"container","attributes":{"number":"WHAT%1$s"}}]}
          """
              .formatted(id)
              .getBytes(UTF_8),
          Map.of("tenant_id", TENANT, "source", "terminal49"));
    }
    system.publish(
        "{\"id\":\"s1\",\"type\":\"thing.seen\",\"thing\":\"lamp\",\"at\":\"2026-01-31T10:00:00Z\"}"
            .getBytes(UTF_8),
        Map.of("tenant_id", TENANT, "source", "what_if_shop", "notification_id", "s1"));
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT count(*) FROM events WHERE tenant_id = '%s'".formatted(TENANT)))
                    .containsExactly("4"));
  }

  private static CommandRun whatIf(String... more) {
    List<String> arguments = new ArrayList<>(List.of("what-if", "--tenant=" + TENANT));
    arguments.add("--data=" + SharedSystem.dataFolder());
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(running.jdbcUrl(), running.jdbcUsername(), null);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> containers() throws SQLException {
    return system.sql(
        "SELECT t49_container_id, number, updated_at FROM containers"
            + " WHERE tenant_id = '%s' ORDER BY 1".formatted(TENANT));
  }

  @Test
  void itTellsWhatAReplayAndWhatARebuildWouldWrite() throws Exception {
    for (String origin : List.of("archive", "ledger")) {
      CommandRun same = whatIf("--from=" + origin, "--source=terminal49");
      assertThat(same.err()).isEmpty();
      assertThat(same.out())
          .contains("3 events run: 3 would succeed, 0 would fail")
          .contains("The tables hold what these events say.");
      assertThat(same.exitCode()).isZero();
    }

    execute(
        "UPDATE containers SET number = 'WRONG' WHERE tenant_id = '%s' AND t49_container_id = 'w1'"
            .formatted(TENANT));
    execute(
        "DELETE FROM containers WHERE tenant_id = '%s' AND t49_container_id = 'w2'"
            .formatted(TENANT));
    List<String> before = containers();
    CommandRun differs = whatIf("--source=terminal49");
    assertThat(differs.exitCode()).isEqualTo(3);
    assertThat(differs.out())
        .contains("containers t49_container_id=w1 tenant_id=what-if  REBUILD")
        .contains("number: \"WRONG\" → \"WHATw1\"")
        .contains("containers t49_container_id=w2 tenant_id=what-if  ADDED")
        .contains("number: null → \"WHATw2\"")
        .contains("tidegate replay start --from archive")
        .contains("--to tables");
    assertThat(containers()).isEqualTo(before);

    CommandRun json = whatIf("--source=terminal49", "--json", "--limit=2");
    assertThat(json.exitCode()).isEqualTo(3);
    assertThat(json.err()).contains("There are more events");
    JsonNode result = Json.parse(json.out().getBytes(UTF_8));
    assertThat(result.path("succeeded").asInt()).isEqualTo(2);
    assertThat(result.has("tables")).isTrue();

    // The gateway has the same handlers.
    JsonNode run =
        call(
            "POST",
            "/admin/dry-runs",
            "{\"origin\":\"LEDGER\",\"filter\":{\"sources\":[\"terminal49\"]}}");
    String path = "/admin/dry-runs/" + run.path("dryRunId").asText();
    await().until(() -> !call("GET", path, null).path("status").asText().equals("RUNNING"));
    JsonNode done = call("GET", path, null);
    assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("COMPLETED");
    JsonNode containers = done.at("/result/tables/0");
    for (JsonNode table : done.at("/result/tables")) {
      containers = table.path("table").asText().equals("containers") ? table : containers;
    }
    assertThat(containers.path("rowsAdded").asInt()).isEqualTo(1);
    assertThat(containers.path("rowsOnlyRebuild").asInt()).isEqualTo(1);
    assertThat(containers.path("rowsSame").asInt()).isEqualTo(1);
    assertThat(
            system.sql(
                "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'tidegate\\_dry\\_run%'"))
        .containsExactly("0");
  }

  @Test
  void aSourceThatIsDeclaredLaterIsTriedOverTheArchive() throws Exception {
    Path file = folder.resolve("what_if_shop.yaml");
    Files.writeString(
        file,
        """
        source: what_if_shop
        event: { id: body:/id, type: body:/type, time: { from: body:/at, as: rfc3339 } }
        tables:
          what_if_things: { key: { thing: text }, groups: { seen: { last_id: text } } }
        events:
          thing.seen:
            rows:
              - { table: what_if_things, key: { thing: payload.thing }, set: { last_id: payload.id } }
        """);
    CommandRun run = whatIf("--sources=" + file);
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("1 events run: 1 would succeed, 0 would fail")
        .contains("what_if_things tenant_id=what-if thing=lamp  ADDED")
        .contains("last_id: null → \"s1\"");
    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(system.sql("SELECT to_regclass('what_if_things')")).containsExactly("null");
  }

  @Test
  void mistakesAreTold() {
    assertThat(whatIf("--limit=0").exitCode()).isEqualTo(2);
    assertThat(whatIf("--since=yesterday").err()).contains("--since must be a day");
    assertThat(whatIf("--sources=" + folder.resolve("none.yaml")).exitCode()).isEqualTo(1);
  }

  private static JsonNode call(String method, String path, String body) throws Exception {
    String token =
        new DevelopmentToken(
                TENANT, "tester", List.of(Role.OPERATOR), List.of(), Duration.ofHours(1))
            .sign(DevelopmentSecrets.in(SharedSystem.dataFolder()).tokenKey());
    HttpResponse<byte[]> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(running.gatewayUrl() + path))
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/json")
                    .method(
                        method,
                        body == null
                            ? HttpRequest.BodyPublishers.noBody()
                            : HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    return Json.parse(response.body());
  }
}
