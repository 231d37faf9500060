package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.files.NdjsonFolder;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Events of an archive, for tests. */
final class ReplayEvents {
  static final Instant PUBLISHED = Instant.parse("2026-01-31T12:00:00Z");

  private ReplayEvents() {}

  static RawEvent event(String id, Map<String, String> attributes) {
    return RawEvent.builder()
        .tenantId(attributes.getOrDefault("tenant_id", "default"))
        .source(attributes.getOrDefault("source", "terminal49"))
        .notificationId(id)
        .eventType("container.updated")
        .messageId("message-" + id)
        .publishTime(PUBLISHED)
        .attributes(attributes)
        .body("{ \"id\": \"%s\" }".formatted(id).getBytes(UTF_8))
        .build();
  }

  static RawEvent event(String id) {
    return event(id, Map.of());
  }

  /** One whose ID could not be read. */
  static RawEvent unreadable(String messageId) {
    return event("none").toBuilder()
        .notificationId(Optional.empty())
        .eventType(Optional.empty())
        .messageId(messageId)
        .body("{\"data\":".getBytes(UTF_8))
        .build();
  }

  /** Archives {@code events} as the pipeline does, in plain files. */
  static void archive(Path archive, RawEvent... events) throws IOException {
    try (NdjsonFolder<RawEvent> folder =
        new NdjsonFolder<>(archive, ArchiveTable.rawEvents(EventSources.installed()))) {
      for (RawEvent event : events) {
        folder.append(event);
      }
      folder.sync();
    }
  }
}
