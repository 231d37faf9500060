package dev.tidegate.local.command;

import com.google.pubsub.v1.PubsubMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** One run of sending: from input to messages, in order and at a pace. */
final class NotificationSending implements NotificationReader.Receiver {
  /** Pub/Sub's limit of a request, and so of a message with its attributes. */
  private static final int LARGEST_MESSAGE = 10_000_000;

  /** What the request around a message takes. */
  private static final int REQUEST_OVERHEAD = 1_000;

  private final NotificationPublisher publisher;
  private final NotificationMessage messages;
  private final SendPace pace;
  private final ProgressLine progress;
  private final NotificationReader reader = new NotificationReader(LARGEST_MESSAGE, this);
  private boolean abandoned;

  NotificationSending(
      NotificationPublisher publisher,
      NotificationMessage messages,
      SendPace pace,
      ProgressLine progress) {
    this.publisher = publisher;
    this.messages = messages;
    this.pace = pace;
    this.progress = progress;
  }

  void sendFiles(List<Path> files) throws IOException {
    for (Path file : files) {
      if (abandoned) {
        return;
      }
      try (InputStream input = NotificationFiles.open(file)) {
        if (NotificationFiles.isLines(file)) {
          reader.readLines(input, file.toString());
        } else {
          reader.readWhole(input, file.toString());
        }
      } catch (AbandonedException hopeless) {
        abandoned = true;
      } catch (InterruptedIOException stopped) {
        throw stopped;
      } catch (IOException unreadable) {
        throw new CommandFailure(
            "The file "
                + file
                + " cannot be read to its end ("
                + FailureReport.reason(unreadable)
                + "). Nothing after that was sent",
            unreadable);
      }
    }
  }

  void sendInput(InputStream input) throws IOException {
    try {
      reader.readValueOrLines(input, "standard input");
    } catch (AbandonedException hopeless) {
      abandoned = true;
    }
  }

  /** Whether the server was so far away that the rest was not tried. */
  boolean wasAbandoned() {
    return abandoned;
  }

  @Override
  public void take(byte[] body) throws IOException {
    if (publisher.isHopeless()) {
      throw new AbandonedException();
    }
    try {
      pace.awaitTurn();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
    PubsubMessage message = messages.of(body, Instant.now());
    if (message.getSerializedSize() > LARGEST_MESSAGE - REQUEST_OVERHEAD) {
      publisher.refuse("a message of " + message.getSerializedSize() + " bytes is too large");
    } else {
      publisher.publish(message);
    }
    progress.report(publisher.accepted());
  }

  @Override
  public void tooLarge(String where) {
    publisher.refuse(where + " is larger than " + LARGEST_MESSAGE + " bytes");
  }

  /** Ends the reading early. */
  private static final class AbandonedException extends IOException {
    private static final long serialVersionUID = 1;
  }
}
