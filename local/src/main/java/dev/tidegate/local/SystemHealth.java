package dev.tidegate.local;

import dev.tidegate.gateway.observe.HealthCheck;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which parts of a local system do not work now, and why. Each problem is told once when it begins
 * and once when it ends; meanwhile {@code /readyz}, {@code /status} and the metrics know it.
 */
final class SystemHealth implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SystemHealth.class);

  private static final Duration POLL = Duration.ofSeconds(1);

  private final List<HealthCheck> checks;
  private final Consumer<String> console;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  /** Since when a part does not work, by its name. */
  private final Map<String, Instant> ailing = new HashMap<>();

  private SystemHealth(List<HealthCheck> checks, Consumer<String> console) {
    this.checks = checks;
    this.console = console;
    thread = new Thread(this::run, "system-health");
    thread.setDaemon(true);
  }

  /**
   * Watches the parts.
   *
   * @param console takes lines for people
   */
  static SystemHealth watch(
      List<HealthCheck> checks, MeterRegistry registry, Consumer<String> console) {
    SystemHealth health = new SystemHealth(List.copyOf(checks), console);
    for (HealthCheck check : checks) {
      Gauge.builder("tidegate.problem", check, part -> part.problem().get().isPresent() ? 1 : 0)
          .description("Whether a part of the system does not work now")
          .tag("part", check.name())
          .register(registry);
    }
    health.thread.start();
    return health;
  }

  /** The parts, as the gateway's readiness asks them. */
  List<HealthCheck> checks() {
    return checks;
  }

  /** What does not work now, and why, by the parts' names. */
  Map<String, String> problems() {
    Map<String, String> problems = new LinkedHashMap<>();
    for (HealthCheck check : checks) {
      check.problem().get().ifPresent(problem -> problems.put(check.name(), problem));
    }
    return problems;
  }

  @Override
  public void close() {
    closing.countDown();
  }

  private void run() {
    try {
      while (!closing.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          tellChanges();
        } catch (RuntimeException failed) {
          LOG.warn("what works could not be found out just now", failed);
        }
      }
    } catch (InterruptedException nobodyDoes) {
      Thread.currentThread().interrupt();
    }
  }

  private void tellChanges() {
    for (HealthCheck check : checks) {
      Optional<String> problem = check.problem().get();
      if (problem.isPresent() && !ailing.containsKey(check.name())) {
        ailing.put(check.name(), Instant.now());
        LOG.error("{} does not work: {}", check.name(), problem.get());
        console.accept("Problem with %s: %s".formatted(check.name(), problem.get()));
      } else if (problem.isEmpty() && ailing.containsKey(check.name())) {
        Duration lasted = Duration.between(ailing.remove(check.name()), Instant.now());
        LOG.info("{} works again after {} s", check.name(), lasted.toSeconds());
        console.accept("%s works again, after %d s".formatted(check.name(), lasted.toSeconds()));
      }
    }
  }
}
