import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the same handlers and statements do in a plain loop on one thread, without Beam, Pub/Sub or
 * an archive: the limit to approach (batches), and the usual worker to beat (one event a
 * transaction). PlainLoop JDBC_URL FILE BATCH_EVENTS PASSES: prints events/s of each pass.
 */
public final class PlainLoop {
  public static void main(String[] arguments) throws Exception {
    List<String> lines = Files.readAllLines(Path.of(arguments[1]));
    int batchEvents = Integer.parseInt(arguments[2]);
    EventSource source = EventSources.installed().named("terminal49");
    try (ConnectionPool pool =
        ConnectionPool.open(
            new DatabaseConfiguration(arguments[0], "postgres", "TIDEGATE_JDBC_PASSWORD", 1))) {
      EventWriter writer =
          new EventWriter(
              pool, new TransientRetry(() -> {}), EventSources.installed().tables(), true);
      for (int pass = 0; pass < Integer.parseInt(arguments[3]); pass++) {
        long started = System.nanoTime();
        List<EventWriter.Entry> batch = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
          String tenant = "plain-loop-" + batchEvents + "-" + pass;
          batch.add(new EventWriter.Entry(handle(source, tenant, lines.get(i)), Instant.now()));
          if (batch.size() == batchEvents || i == lines.size() - 1) {
            writer.write(
                batch,
                (entry, reason) -> {
                  throw new IllegalStateException(reason);
                });
            batch.clear();
          }
        }
        System.out.printf(
            "%d events a transaction, pass %d: %.0f events/s%n",
            batchEvents, pass + 1, lines.size() * 1e9 / (System.nanoTime() - started));
      }
    }
  }

  private static TransformedEvent handle(EventSource source, String tenant, String line)
      throws Exception {
    byte[] body = line.getBytes(UTF_8);
    NotificationIdentity identity = source.identify(body);
    RawEvent raw =
        RawEvent.builder()
            .tenantId(tenant)
            .source(source.name())
            .notificationId(identity.notificationId())
            .eventType(identity.eventType())
            .messageId("none")
            .publishTime(Instant.now())
            .attributes(Map.of("source", source.name(), "tenant_id", tenant))
            .body(body)
            .build();
    Event event = source.decode(raw);
    source.validate(event);
    return TransformedEvent.handled(
        event,
        source.handlerOf(event.eventType()).orElseThrow().handle(event).upserts(),
        List.of());
  }
}
