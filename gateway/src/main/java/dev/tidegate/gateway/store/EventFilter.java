package dev.tidegate.gateway.store;

import dev.tidegate.schemas.EventKeys;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which events a list or a stream has: those that meet all of it.
 *
 * @param about a value of any key that an event declares, whose case does not count; or a row, as
 *     {@code table/key}, with a slash between the parts of its key
 * @param fingerprint of an issue: events that have a dead letter of it, whatever became of that
 * @param since the earliest time of processing
 * @param until the first time of processing that is too late
 */
public record EventFilter(
    Optional<LedgerEvent.Status> status,
    Optional<String> eventType,
    Optional<String> source,
    Optional<String> subject,
    Optional<String> about,
    Optional<String> notificationId,
    Optional<String> requestId,
    Optional<String> errorClass,
    Optional<String> fingerprint,
    Optional<Instant> since,
    Optional<Instant> until) {
  /** One that senders may use: of what they know of their events. */
  public static EventFilter of(
      Optional<LedgerEvent.Status> status,
      Optional<String> eventType,
      Optional<String> source,
      Optional<String> subject,
      Optional<Instant> since,
      Optional<Instant> until) {
    return new EventFilter(
        status,
        eventType,
        source,
        subject,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        since,
        until);
  }

  /** The hashes of which {@code about_index} must hold one, if {@link #about} is given. */
  List<Long> aboutHashes(Collection<String> tenants) {
    return about.stream()
        .flatMap(text -> tenants.stream().flatMap(tenant -> hashes(tenant, text)))
        .toList();
  }

  /** A key may hold slashes itself, so what follows the table is also taken as one part. */
  private static Stream<Long> hashes(String tenant, String text) {
    int slash = text.indexOf('/');
    Stream<Long> value = Stream.of(EventKeys.ofValue(tenant, text));
    if (slash <= 0) {
      return value;
    }
    String table = text.substring(0, slash);
    String key = text.substring(slash + 1);
    return Stream.concat(
            value,
            Stream.of(
                EventKeys.ofRow(tenant, table, List.of(key)),
                EventKeys.ofRow(tenant, table, Arrays.asList(key.split("/", -1)))))
        .distinct();
  }
}
