package dev.tidegate.local.command;

import dev.tidegate.schemas.RawEvent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Events in files, as if their sender had just sent them.
 *
 * @param files {@code .json} files, {@code .ndjson} files with an event on each line, and folders
 * @param source whose events they are
 * @param type the type of those whose bodies do not say it
 */
record EventFiles(List<Path> files, String source, Optional<String> type) {
  static final int LARGEST_BODY = 10_000_000;

  /** Takes the events. */
  interface Receiver {
    void take(RawEvent event) throws IOException;

    /** Told instead where a body is too large; {@code where} says which. */
    void tooLarge(String where);
  }

  /** Hands on each one. */
  void read(Receiver receiver) throws IOException {
    NotificationReader reader = new NotificationReader(LARGEST_BODY, new Bodies(receiver));
    for (Path file : NotificationFiles.named(files)) {
      try (InputStream input = NotificationFiles.open(file)) {
        if (NotificationFiles.isLines(file)) {
          reader.readLines(input, file.toString());
        } else {
          reader.readWhole(input, file.toString());
        }
      }
    }
  }

  private final class Bodies implements NotificationReader.Receiver {
    private final Receiver receiver;
    private long number;

    Bodies(Receiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void take(byte[] body) throws IOException {
      number++;
      receiver.take(
          RawEvent.builder()
              .tenantId("default")
              .source(source)
              .messageId("trial-" + number)
              .notificationId("trial-" + number)
              .eventType(type)
              .publishTime(Instant.now())
              .attributes(Map.of())
              .body(body)
              .build());
    }

    @Override
    public void tooLarge(String where) {
      receiver.tooLarge(where);
    }
  }
}
