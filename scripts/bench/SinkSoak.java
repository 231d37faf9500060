import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes COUNT small events with the sink on Flink, and prints at every tenth the heap that is in
 * use after a collection: SinkSoak FOLDER COUNT. Events are made as they are read, so that none but
 * those under way are in memory.
 */
public final class SinkSoak {
  private static final int MARKS = 10;

  /** The job's start leaves its own on the heap; so much of the rest may a flat heap rise. */
  private static final double FLAT = 0.10;

  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[1]);
    Path folder = Path.of(arguments[0]);
    try (SinkDatabase database = SinkDatabase.start(folder)) {
      System.out.printf(
          "%,d small events, heap of at most %d MB%n%n",
          count, Runtime.getRuntime().maxMemory() >> 20);
      System.out.printf("%12s %10s %14s%n", "events", "events/s", "heap in use");
      List<double[]> marks = new ArrayList<>();
      Thread watch = new Thread(() -> watch(count, marks), "watch");
      watch.setDaemon(true);
      watch.start();
      long deadlocks = database.deadlocks();
      SinkPipelines.flink(
          database, folder.resolve("flink"), SinkEvents.smallOnTheFly("bench-soak", count));
      watch.join();
      System.out.printf(
          "%n%,d events in the ledger, in %,d transactions; %d deadlocks%n",
          database.events("bench-soak"),
          database.transactions("bench-soak"),
          database.deadlocks() - deadlocks);
      List<double[]> steady = marks.subList(1, marks.size());
      double slope = slope(steady);
      double rise = slope * (steady.get(steady.size() - 1)[0] - steady.get(0)[0]);
      System.out.printf(
          "slope from the second mark on: %.2f MB a million events, %.1f MB in all: %s%n",
          slope * 1e6, rise, rise <= FLAT * steady.get(0)[1] ? "flat" : "NOT FLAT");
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }

  private static void watch(int count, List<double[]> marks) {
    long lastTime = 0;
    long lastRead = 0;
    for (int mark = 1; mark <= MARKS; mark++) {
      long until = (long) count * mark / MARKS;
      while (SinkEvents.eventsRead() < until) {
        if (lastTime == 0 && SinkEvents.eventsRead() > 0) {
          lastTime = System.nanoTime();
        }
        try {
          Thread.sleep(5);
        } catch (InterruptedException ended) {
          return;
        }
      }
      long read = SinkEvents.eventsRead();
      double rate = (read - lastRead) * 1e9 / Math.max(1, System.nanoTime() - lastTime);
      double heap = heapInUse();
      marks.add(new double[] {read, heap});
      System.out.printf("%,12d %,10.0f %11.1f MB%n", read, rate, heap);
      lastRead = SinkEvents.eventsRead();
      lastTime = System.nanoTime();
    }
  }

  /** MB in use after a collection. */
  private static double heapInUse() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1048576.0;
  }

  /** Of the straight line nearest to all of {@code points}. */
  private static double slope(List<double[]> points) {
    double meanX = points.stream().mapToDouble(point -> point[0]).average().orElse(0);
    double meanY = points.stream().mapToDouble(point -> point[1]).average().orElse(0);
    double above = 0;
    double below = 0;
    for (double[] point : points) {
      above += (point[0] - meanX) * (point[1] - meanY);
      below += (point[0] - meanX) * (point[0] - meanX);
    }
    return below == 0 ? 0 : above / below;
  }
}
