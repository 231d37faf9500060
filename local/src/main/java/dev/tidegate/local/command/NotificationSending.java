package dev.tidegate.local.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One run of sending: from input to messages, in order and at a pace. */
final class NotificationSending implements NotificationReader.Receiver {
  private final NotificationSink sink;
  private final double nanosBetween;
  private final long start = System.nanoTime();
  private long taken;
  private final ProgressLine progress;
  private final NotificationReader reader;
  private boolean abandoned;

  /** Sends at most {@code perSecond} a second, evenly; without a limit where null. */
  NotificationSending(NotificationSink sink, Double perSecond, ProgressLine progress) {
    this.sink = sink;
    this.reader = new NotificationReader(sink.largestBody(), this);
    this.nanosBetween = perSecond == null ? 0 : TimeUnit.SECONDS.toNanos(1) / perSecond;
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
    if (sink.isHopeless()) {
      throw new AbandonedException();
    }
    try {
      long left = start + (long) (nanosBetween * taken++) - System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(left);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
    sink.send(body);
    progress.report(sink.accepted());
  }

  @Override
  public void tooLarge(String where) {
    sink.refuse(where + " is larger than " + sink.largestBody() + " bytes");
  }

  /** Ends the reading early. */
  private static final class AbandonedException extends IOException {
    private static final long serialVersionUID = 1;
  }
}
