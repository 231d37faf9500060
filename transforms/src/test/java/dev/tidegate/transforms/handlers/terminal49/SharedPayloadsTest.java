package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the handlers make of the {@link SharedPayloads}. */
class SharedPayloadsTest {
  private static final Terminal49 SOURCE = new Terminal49();
  private static final Map<String, ResourceMapping> MAPPINGS =
      Map.of(
          "shipment", ResourceMappings.SHIPMENT,
          "container", ResourceMappings.CONTAINER,
          "transport_event", ResourceMappings.TRANSPORT_EVENT,
          "tracking_request", ResourceMappings.TRACKING_REQUEST);
  private static final Map<String, String> RENAMED =
      Map.of(
          "transport_event.event", "reported_event_type",
          "transport_event.timestamp", "event_timestamp",
          "tracking_request.updated_at", "t49_updated_at");

  private static final Set<String> ATTRIBUTE_GROUPS =
      Set.of("facts", "identity", "state", "details", "retries");

  private static List<Path> files = List.of();

  @BeforeAll
  static void findPayloads() throws IOException {
    files = SharedPayloads.files();
  }

  @Test
  void allAreThere() {
    assertThat(files).hasSizeGreaterThanOrEqualTo(67);
  }

  @Test
  void allDecodeUnderTheIdentityTheirBodyShows() {
    for (Path file : files) {
      Event event = decode(file);
      assertThat(SOURCE.identify(event.raw().body()).notificationId())
          .as(file.toString())
          .contains(event.notificationId());
      assertThat(SOURCE.identify(event.raw().body()).eventType())
          .as(file.toString())
          .contains(event.eventType());
      assertThat(file.getFileName().toString()).startsWith(event.eventType());
    }
  }

  @Test
  void allAreValidByTheSchemaHandledOrNot() throws Exception {
    for (Path file : files) {
      NotificationSchema.check(decode(file).payload());
    }
  }

  @Test
  void allAreHandledWithAtMostOneRowAKey() {
    for (Path file : files) {
      Event event = decode(file);
      Optional<EventHandler> handler = SOURCE.handlerOf(event.eventType());
      if (handler.isEmpty()) {
        continue;
      }
      List<Upsert> rows = handler.get().handle(event);
      assertThat(rows).as(file.toString()).isNotEmpty();
      Set<List<String>> keys = new HashSet<>();
      for (Upsert row : rows) {
        assertThat(row.groups()).as(file.toString()).isNotEmpty();
        assertThat(keys.add(Stream.concat(Stream.of(row.table()), row.key().stream()).toList()))
            .as(file.toString())
            .isTrue();
      }
      boolean milestone = event.eventType().startsWith("container.transport.");
      assertThat(rows.stream().filter(r -> r.table().equals("container_events")))
          .as(file.toString())
          .hasSize(milestone ? 1 : 0);
    }
  }

  @Test
  void noAttributeIsLost() {
    int checked = 0;
    for (Path file : files) {
      Event event = decode(file);
      for (JsonNode node : event.payload().path("included")) {
        String type = node.path("type").asText();
        ResourceMapping mapping = MAPPINGS.get(type);
        if (mapping == null) {
          continue;
        }
        JsonApiDocument.Resource resource =
            new JsonApiDocument.Resource(JsonApiDocument.ResourceId.of(node).orElseThrow(), node);
        Upsert row = mapping.row(event, resource).build();
        Map<String, String> written = Notification.written(tableOf(row), row);
        JsonNode extra = Notification.json(written.getOrDefault("extra", "{}"));
        for (Map.Entry<String, JsonNode> attribute : node.path("attributes").properties()) {
          String name = attribute.getKey();
          String column = RENAMED.getOrDefault(type + "." + name, name);
          assertThat(written.containsKey(column) || extra.has(name))
              .as("%s: %s.%s", file, type, name)
              .isTrue();
          if (written.containsKey(column)) {
            assertThat(written.get(column) == null)
                .as("%s: %s.%s is null", file, type, name)
                .isEqualTo(attribute.getValue().isNull());
          }
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(2_500);
  }

  @Test
  void columnsThatOccurTogetherAreOneGroup() {
    // A group of which a payload names only some columns would lose the others' values.
    for (Path file : files) {
      Event event = decode(file);
      for (JsonNode node : event.payload().path("included")) {
        ResourceMapping mapping = MAPPINGS.get(node.path("type").asText());
        if (mapping == null) {
          continue;
        }
        Upsert row =
            mapping
                .row(
                    event,
                    new JsonApiDocument.Resource(
                        JsonApiDocument.ResourceId.of(node).orElseThrow(), node))
                .build();
        Set<String> named = new HashSet<>();
        node.path("attributes")
            .fieldNames()
            .forEachRemaining(
                name ->
                    named.add(RENAMED.getOrDefault(node.path("type").asText() + "." + name, name)));
        tableOf(row).groups().stream()
            .filter(group -> ATTRIBUTE_GROUPS.contains(group.name()))
            .filter(group -> row.groups().containsKey(group.name()))
            .flatMap(group -> group.columns().stream())
            // Transport events of other kinds have no voyage, and never will.
            .filter(column -> !column.name().equals("voyage_number"))
            .forEach(column -> assertThat(named).as(file.toString()).contains(column.name()));
      }
    }
  }

  private static Table tableOf(Upsert row) {
    return Terminal49Tables.ALL.stream()
        .filter(table -> table.name().equals(row.table()))
        .findFirst()
        .orElseThrow();
  }

  private static Event decode(Path file) {
    try {
      return SOURCE.decode(Notification.raw(Files.readString(file)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    } catch (Exception undecodable) {
      throw new AssertionError(file.toString(), undecodable);
    }
  }
}
