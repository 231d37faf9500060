package dev.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large webhooks with many wrong signatures, all at once. */
@Proof(
    name = "forged-webhooks",
    promise = "Whatever forged webhooks cost, others are answered at once",
    faults = "50 forged requests at once of 1 MiB with ten signatures each")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ForgedWebhooksIT {
  private static final int AT_ONCE = 50;
  private static final int ROUNDS = ProofSize.of(2, 20);
  private static final Duration LONGEST_ANSWER = Duration.ofMillis(100);

  @TempDir private Path folder;

  @Test
  void othersAreAnsweredAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try (GatewayProcess gateway = new GatewayProcess(folder)) {
      gateway.start("384m");
      byte[] body = new byte[1 << 20];
      String forged = "v1," + Base64.getEncoder().encodeToString(new byte[32]);
      Map<String, String> headers =
          Map.of(
              "webhook-id",
              "msg_1",
              "webhook-timestamp",
              Long.toString(Instant.now().getEpochSecond()),
              "webhook-signature",
              String.join(" ", Collections.nCopies(10, forged)));
      for (int i = 0; i < 200; i++) {
        assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
      }
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        answers.add(
            threads.submit(
                () -> {
                  int status = 0;
                  for (int round = 0; round < ROUNDS; round++) {
                    status = gateway.send("standard", headers, body);
                    ProofSize.count(1);
                  }
                  return status;
                }));
      }
      List<Long> millis = new ArrayList<>();
      while (!answers.stream().allMatch(Future::isDone)) {
        long began = System.nanoTime();
        assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
        millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        TimeUnit.MILLISECONDS.sleep(2);
      }
      for (Future<Integer> answer : answers) {
        assertThat(answer.get()).isIn(401, 503);
      }
      Collections.sort(millis);
      // Other tests run beside the short one.
      long p99 = millis.get(millis.size() * 99 / 100);
      long asserted = millis.get(millis.size() * ProofSize.of(75, 99) / 100);
      System.out.printf(
          "/livez: %d asked, p50 %d ms, p99 %d ms%n",
          millis.size(), millis.get(millis.size() / 2), p99);
      assertThat(asserted).isLessThan(LONGEST_ANSWER.toMillis());
    } finally {
      threads.shutdownNow();
    }
  }
}
