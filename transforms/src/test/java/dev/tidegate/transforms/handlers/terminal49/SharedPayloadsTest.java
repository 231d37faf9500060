package dev.tidegate.transforms.handlers.terminal49;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
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
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the handlers make of the {@link SharedPayloads}. */
class SharedPayloadsTest {
  private static final Terminal49 SOURCE = new Terminal49();
  private static final Map<String, String> RENAMED =
      Map.ofEntries(
          entry("transport_event.event", "reported_event_type"),
          entry("transport_event.timestamp", "event_timestamp"),
          entry("container_created_event.timestamp", "event_timestamp"),
          entry("container_updated_event.timestamp", "event_timestamp"),
          entry("container_pod_terminal_changed_event.timestamp", "event_timestamp"),
          entry("estimated_event.event", "reported_event_type"),
          entry("estimated_event.estimated_timestamp", "event_timestamp"),
          entry("tracking_request.updated_at", "t49_updated_at"),
          entry("port.code", "locode"),
          entry("metro_area.code", "locode"),
          entry("document.updated_at", "t49_updated_at"),
          entry("document_representation.updated_at", "t49_updated_at"),
          entry("email_submission.updated_at", "t49_updated_at"),
          entry("email_submission.from", "from_addresses"),
          entry("email_submission.to", "to_addresses"),
          entry("email_submission.cc", "cc_addresses"));

  /** Groups that hold nothing but attributes. */
  private static final Set<String> ATTRIBUTE_GROUPS =
      Set.of(
          "facts",
          "identity",
          "state",
          "details",
          "retries",
          "position",
          "place",
          "coordinates",
          "facility",
          "facility_codes",
          "address",
          "classification");

  /** Columns of such groups that some resources never have, and so never lose. */
  private static final Set<String> OPTIONAL_COLUMNS =
      Set.of("voyage_number", "created_at", "reported_event_type", "data_source", "timezone");

  /** The public examples of these are of one shape each: the table is the transport events'. */
  private static final Set<String> OTHER_CONTAINER_EVENTS =
      Set.of(
          "container_created_event",
          "container_updated_event",
          "container_pod_terminal_changed_event");

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
  void allOfOfficialTypesAreValid() throws Exception {
    for (Path file : files) {
      SOURCE.validate(decode(file));
    }
  }

  @Test
  void allOfOfficialTypesAreStoredWithAtMostOneRowAKey() throws Exception {
    int handled = 0;
    for (Path file : files) {
      Event event = decode(file);
      Optional<EventHandler> handler = SOURCE.handlerOf(event.eventType());
      if (handler.isEmpty()) {
        assertThat(event.eventType())
            .isIn(
                "document_representation.created",
                "document_representation.failed",
                "shipment.transport.vessel_arrived");
        continue;
      }
      handled++;
      List<Upsert> rows = handler.get().handle(event).upserts();
      assertThat(rows).as(file.toString()).isNotEmpty();
      Set<List<String>> keys = new HashSet<>();
      for (Upsert row : rows) {
        assertThat(row.columns()).as(file.toString()).isNotEmpty();
        assertThat(keys.add(Stream.concat(Stream.of(row.table()), row.key().stream()).toList()))
            .as(file.toString())
            .isTrue();
      }
      assertThat(rows.stream().filter(row -> row.table().equals("container_events")))
          .as(file.toString())
          .hasSize(event.eventType().startsWith("container.") ? 1 : 0);
    }
    assertThat(handled).isGreaterThanOrEqualTo(62);
  }

  @Test
  void everyAttributeOfEveryResourceLandsInAColumnOrInExtra() {
    int checked = 0;
    for (Path file : files) {
      Event event = decode(file);
      for (JsonNode resource : event.payload().path("included")) {
        String type = resource.path("type").asText();
        List<Upsert> rows = rowsOf(event, resource);
        Map<String, String> written = new TreeMap<>();
        rows.forEach(row -> written.putAll(Notification.written(tableOf(row), row)));
        JsonNode extra = Notification.json(written.getOrDefault("extra", "{}"));
        for (Map.Entry<String, JsonNode> attribute : resource.path("attributes").properties()) {
          String name = attribute.getKey();
          checked++;
          if (name.equals("id") && attribute.getValue().equals(resource.path("id"))) {
            continue;
          }
          if (name.equals("changeset")) {
            assertThat(rows.stream().filter(row -> row.table().equals("container_changes")))
                .as("%s: %s.%s", file, type, name)
                .hasSize(attribute.getValue().size());
            continue;
          }
          String column = RENAMED.getOrDefault(type + "." + name, name);
          assertThat(written.containsKey(column) || extra.has(name))
              .as("%s: %s.%s", file, type, name)
              .isTrue();
          if (written.containsKey(column)) {
            assertThat(written.get(column) == null)
                .as("%s: %s.%s is null", file, type, name)
                .isEqualTo(attribute.getValue().isNull());
          }
        }
      }
    }
    assertThat(checked).isGreaterThan(3_300);
  }

  @Test
  void columnsThatOccurTogetherAreOneGroup() {
    // A group of which payloads name only some columns costs each row the others' versions.
    Map<String, Integer> partly = new TreeMap<>();
    int rows = 0;
    for (Path file : files) {
      Event event = decode(file);
      for (JsonNode resource : event.payload().path("included")) {
        for (Upsert row : rowsOf(event, resource)) {
          rows++;
          for (ColumnGroup group : tableOf(row).groups()) {
            List<String> columns = group.columns().stream().map(Column::name).toList();
            long said = columns.stream().filter(row.columns()::containsKey).count();
            if (said > 0 && said < columns.size()) {
              partly.merge(row.table() + "." + group.name(), 1, Integer::sum);
            }
          }
        }
      }
    }
    assertThat(partly.values().stream().mapToInt(Integer::intValue).sum())
        .as("of %d rows: %s", rows, partly)
        .isLessThan(rows / 10);
  }

  /** Nothing that Terminal49 itself shows is anything to warn of. */
  @Test
  void noExampleHasAWarning() throws Exception {
    for (Path file : files) {
      Event event = decode(file);
      Optional<EventHandler> handler = SOURCE.handlerOf(event.eventType());
      if (handler.isPresent()) {
        assertThat(handler.get().handle(event).warnings()).as(file.toString()).isEmpty();
      }
    }
  }

  /** What the resources of any notification become, those of retired types too. */
  private static List<Upsert> rowsOf(Event event, JsonNode resource) {
    NotificationRows rows = new NotificationRows(event);
    ResourceMappings.addIncluded(rows, JsonApiDocument.of(event.payload()));
    return rows.output().upserts().stream()
        .filter(row -> row.key().get(1).equals(resource.path("id").asText()))
        .toList();
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
