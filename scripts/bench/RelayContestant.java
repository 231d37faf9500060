import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A contestant's process, which writes rows and relays them: RelayContestant OUTBOX URL PUBSUB
 * RELAYS. It does what lines of its input say, and answers each once it is done:
 *
 * <ul>
 *   <li>{@code backlog FIRST COUNT AGGREGATES}: writes rows, many in a transaction
 *   <li>{@code steady FIRST COUNT AGGREGATES RATE FILE}: writes RATE rows/s, each in a transaction
 *       of its own, and then, into FILE, the microseconds since 1970 at which each was committed
 *   <li>{@code start}, {@code stop}: of the relay
 * </ul>
 */
public final class RelayContestant {
  private static final int WRITERS = 8;
  private static final int BATCH = 500;

  private RelayContestant() {}

  private interface Writer {
    void write(List<RelayOutbox.Row> rows) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    try (RelayOutbox outbox =
            (RelayOutbox)
                Class.forName(arguments[0])
                    .getDeclaredConstructor(String.class, String.class, int.class)
                    .newInstance(arguments[1], arguments[2], Integer.parseInt(arguments[3]));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in))) {
      answer("ready");
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        String[] words = line.split(" ");
        switch (words[0]) {
          case "backlog" -> {
            writeByAggregates(words, rows -> backlog(outbox, rows));
            Thread.sleep(outbox.millisUntilDue());
          }
          case "steady" -> steady(outbox, words);
          case "start" -> outbox.start();
          case "stop" -> outbox.stop();
          default -> throw new IllegalArgumentException(line);
        }
        answer(words[0]);
      }
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }

  private static void answer(String word) {
    System.out.println("answer=" + word);
    System.out.flush();
  }

  private static void backlog(RelayOutbox outbox, List<RelayOutbox.Row> rows) throws Exception {
    for (int from = 0; from < rows.size(); from += BATCH) {
      outbox.write(rows.subList(from, Math.min(rows.size(), from + BATCH)));
    }
  }

  private static void steady(RelayOutbox outbox, String[] words) throws Exception {
    long first = Long.parseLong(words[1]);
    double nanosBetween = 1e9 / Integer.parseInt(words[4]);
    long[] micros = new long[Integer.parseInt(words[2])];
    long start = System.nanoTime();
    writeByAggregates(
        words,
        rows -> {
          for (RelayOutbox.Row row : rows) {
            int index = (int) (row.number() - first);
            long due = start + (long) (index * nanosBetween);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
              LockSupport.parkNanos(left);
            }
            outbox.write(List.of(row));
            micros[index] = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
          }
        });
    List<String> lines = new ArrayList<>();
    for (long committed : micros) {
      lines.add(Long.toString(committed));
    }
    Files.write(Path.of(words[5]), lines);
  }

  /** Has several threads write at once; each writes all rows of its aggregates, in order. */
  private static void writeByAggregates(String[] words, Writer writer) throws Exception {
    long first = Long.parseLong(words[1]);
    int count = Integer.parseInt(words[2]);
    int aggregates = Integer.parseInt(words[3]);
    List<List<RelayOutbox.Row>> rows = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      rows.add(new ArrayList<>());
    }
    for (int i = 0; i < count; i++) {
      int aggregate = i % aggregates;
      rows.get(aggregate % WRITERS).add(new RelayOutbox.Row(first + i, aggregate));
    }
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    List<Future<?>> done = new ArrayList<>();
    for (List<RelayOutbox.Row> ofWriter : rows) {
      done.add(
          threads.submit(
              () -> {
                writer.write(ofWriter);
                return null;
              }));
    }
    for (Future<?> of : done) {
      of.get();
    }
    threads.shutdown();
    threads.awaitTermination(1, TimeUnit.MINUTES);
  }
}
