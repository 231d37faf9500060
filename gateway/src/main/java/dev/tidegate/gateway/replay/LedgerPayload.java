package dev.tidegate.gateway.replay;

import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReplayAttributes;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.StoredPayload;
import dev.tidegate.schemas.Version;
import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/** The event of a row of the ledger with its payload. */
public final class LedgerPayload {
  /** What events of the ledger had for messages is not kept, nor is it asked: they have IDs. */
  private static final String NO_MESSAGE = "ledger";

  private LedgerPayload() {}

  /** Reads the event of the current row: of {@code events}, with {@code payload}. */
  public static RawEvent eventOf(ResultSet row) throws SQLException {
    String identity = row.getString("notification_id");
    boolean readable = !identity.startsWith(RawEvent.MESSAGE_IDENTITY);
    byte[] body = StoredPayload.read(row.getBytes("payload"));
    Map<String, String> attributes = StoredDeadLetter.attributesOf(row.getString("attributes"));
    RawEvent event =
        RawEvent.builder()
            .tenantId(row.getString("tenant_id"))
            .source(row.getString("source"))
            .notificationId(readable ? Optional.of(identity) : Optional.empty())
            .eventType(Optional.ofNullable(row.getString("event_type")))
            .messageId(
                readable ? NO_MESSAGE : identity.substring(RawEvent.MESSAGE_IDENTITY.length()))
            .publishTime(row.getObject("published_at", OffsetDateTime.class).toInstant())
            .attributes(attributes)
            .body(body)
            .build(
                originalHash(
                    Version.of(row.getBytes("version")),
                    identity,
                    row.getString("event_type"),
                    attributes,
                    body));
    return ReplayAttributes.ofArchived(event);
  }

  /**
   * The hash that the version vouches for: of the body, or, where that came of a replay out of an
   * archive, of the original that it stands for.
   */
  private static String originalHash(
      Version version,
      String notificationId,
      @Nullable String eventType,
      Map<String, String> attributes,
      byte[] body) {
    return EventAttributes.BODY_SHA256
        .in(attributes)
        .filter(
            hash ->
                hash.matches("[0-9a-f]{64}")
                    && contentsOf(hash, eventType, attributes)
                        .anyMatch(content -> version.isOf(notificationId, content)))
        .orElseGet(() -> Sha256.hexOf(body));
  }

  /**
   * The hashes of all contents that an event with that body can have. Its source says whether type
   * and schema version came from attributes, and from which; here no source is known.
   */
  private static Stream<String> contentsOf(
      String bodySha256, @Nullable String eventType, Map<String, String> attributes) {
    List<String> typed =
        eventType == null
            ? List.of(bodySha256)
            : List.of(bodySha256, Sha256.hexOfTyped(bodySha256, eventType));
    return Stream.concat(
        typed.stream(),
        typed.stream()
            .flatMap(
                content ->
                    attributes.values().stream()
                        .map(value -> Sha256.hexOfVersioned(content, value))));
  }
}
