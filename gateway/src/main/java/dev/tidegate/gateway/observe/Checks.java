package dev.tidegate.gateway.observe;

import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Whether what is behind the gateway answers: Pub/Sub, the database where there is one, and what
 * whoever started the gateway asks for besides.
 */
final class Checks implements AutoCloseable {
  static final String PUBSUB = "pubsub";
  static final String DATABASE = "database";

  /** Its own threads: a probe that hangs must not take one from requests. At most one a probe. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "health-probe");
            thread.setDaemon(true);
            return thread;
          });

  private final PubsubProbe pubsub;
  private final Map<String, Probe> probes = new LinkedHashMap<>();
  private final Set<String> needed = new HashSet<>();

  Checks(PubsubConfiguration pubsub, Optional<LedgerDatabase> database, List<HealthCheck> more) {
    this.pubsub = new PubsubProbe(pubsub);
    add(new HealthCheck(PUBSUB, this.pubsub::problem));
    database.ifPresent(ledger -> add(new HealthCheck(DATABASE, () -> ask(ledger))));
    more.forEach(this::add);
  }

  private void add(HealthCheck check) {
    if (check.isNeeded()) {
      needed.add(check.name());
    }
    probes.put(
        check.name(), new Probe(() -> CompletableFuture.supplyAsync(check.problem(), threads)));
  }

  private static Optional<String> ask(LedgerDatabase database) {
    try {
      database.inTransaction(
          connection -> {
            try (Statement statement = connection.createStatement()) {
              return statement.execute("SELECT 1");
            }
          });
      return Optional.empty();
    } catch (ProblemException away) {
      return Optional.of("no connection");
    } catch (SQLException refused) {
      return Optional.of("refuses a query (SQLSTATE %s)".formatted(refused.getSQLState()));
    }
  }

  /** Whether what is called so must work before the gateway is ready. */
  boolean isNeeded(String name) {
    return needed.contains(name);
  }

  /** What each probe finds, by its name; never fails. */
  CompletableFuture<Map<String, Probe.Finding>> findings() {
    Map<String, CompletableFuture<Probe.Finding>> asked = new LinkedHashMap<>();
    probes.forEach((name, probe) -> asked.put(name, probe.check()));
    return CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
        .thenApply(
            all -> {
              Map<String, Probe.Finding> findings = new LinkedHashMap<>();
              asked.forEach((name, finding) -> findings.put(name, finding.join()));
              return findings;
            });
  }

  @Override
  public void close() {
    threads.shutdownNow();
    pubsub.close();
  }
}
