import com.sun.management.OperatingSystemMXBean;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.files.NdjsonFolder;
import dev.tidegate.transforms.handlers.EventSources;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Writes events and their outcomes into a file archive, as the pipeline does: see archive. */
final class ArchiveRates {
  private static final int BUNDLE = 1_000;
  private static final Instant START = Instant.now();

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    List<String> bodies = Files.readAllLines(Path.of(arguments[1]));
    run(folder.resolve("warm-up"), bodies, 1);
    System.out.printf(
        "%-15s %7s %9s %9s %12s %6s%n", "table", "tenants", "ms", "events/s", "cpu us/event", "files");
    for (int tenants : new int[] {1, 90, 300}) {
      run(folder.resolve("tenants-" + tenants), bodies, tenants).forEach(System.out::print);
    }
  }

  /** Events are made one by one: each keeps its parsed body. */
  private static List<String> run(Path archive, List<String> bodies, int tenants)
      throws Exception {
    int count = bodies.size();
    List<EventOutcome> outcomes =
        IntStream.range(0, count).mapToObj(i -> outcome(event(i, "", tenants))).toList();
    return List.of(
        measure(
            archive, ArchiveTable.rawEvents(EventSources.installed()), count, tenants, i -> event(i, bodies.get(i), tenants)),
        measure(archive, ArchiveTable.EVENT_OUTCOMES, count, tenants, outcomes::get));
  }

  private static <T> String measure(
      Path archive, ArchiveTable<T> table, int count, int tenants, IntFunction<T> byIndex)
      throws Exception {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long begin = System.nanoTime();
    try (NdjsonFolder<T> folder = new NdjsonFolder<>(archive, table)) {
      for (int i = 0; i < count; i++) {
        folder.append(byIndex.apply(i));
        if ((i + 1) % BUNDLE == 0) {
          folder.sync();
        }
      }
      folder.sync();
    }
    long end = System.nanoTime();
    double seconds = (end - begin) / 1e9;
    double cpuSeconds = (system.getProcessCpuTime() - cpu) / 1e9;
    long files;
    try (Stream<Path> tree = Files.walk(archive.resolve(table.name()))) {
      files = tree.filter(Files::isRegularFile).count();
    }
    return String.format(
        "%-15s %7d %9.0f %9.0f %12.1f %6d%n",
        table.name(),
        tenants,
        seconds * 1e3,
        count / seconds,
        cpuSeconds * 1e6 / count,
        files);
  }

  private static RawEvent event(int i, String body, int tenants) {
    String tenant = "tenant-" + i % tenants;
    return RawEvent.builder()
        .tenantId(tenant)
        .source("terminal49")
        .notificationId("notification-" + i)
        .eventType("container.updated")
        .messageId(String.valueOf(1_000_000 + i))
        .publishTime(START.plusNanos(i * 1_000L))
        .attributes(
            Map.of(
                "tenant_id", tenant,
                "source", "terminal49",
                "request_id", "request-" + i,
                "subject", "container/" + i))
        .body(body.getBytes(StandardCharsets.UTF_8))
        .build();
  }

  private static EventOutcome outcome(RawEvent event) {
    Instant taken = event.publishTime().plusMillis(7);
    return EventOutcome.committed(
        event, EventOutcome.Status.APPLIED, taken, taken.plusNanos(31_234_567));
  }
}
