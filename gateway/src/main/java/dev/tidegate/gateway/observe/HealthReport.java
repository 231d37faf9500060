package dev.tidegate.gateway.observe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.Json;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** What {@code /health} tells people: what works, what was done, and how it is configured. */
final class HealthReport {
  private final GatewayConfiguration configuration;
  private final GatewayMetrics metrics;
  private final Instant startedAt = Instant.now();

  HealthReport(GatewayConfiguration configuration, GatewayMetrics metrics) {
    this.configuration = configuration;
    this.metrics = metrics;
  }

  ObjectNode write(Map<String, Probe.Finding> findings) {
    ObjectNode report = Json.mapper().createObjectNode();
    boolean allWork = findings.values().stream().allMatch(Probe.Finding::works);
    report.put("status", allWork ? "ok" : "degraded");
    report.put("startedAt", startedAt.toString());
    report.put("uptimeSeconds", Duration.between(startedAt, Instant.now()).toMillis() / 1000.0);
    writeFindings(findings, report.putObject("checks"));
    ObjectNode events = report.putObject("events");
    count("tidegate.events.accepted", "source", events.putObject("accepted"));
    count("tidegate.events.rejected", "reason", events.putObject("rejected"));
    writeConfiguration(report.putObject("configuration"));
    return report;
  }

  private static void writeFindings(Map<String, Probe.Finding> findings, ObjectNode checks) {
    findings.forEach(
        (name, finding) -> {
          ObjectNode check = checks.putObject(name);
          check.put("works", finding.works());
          finding.problem().ifPresent(problem -> check.put("problem", problem));
          check.put("checkedAt", finding.at().toString());
        });
  }

  private void count(String meter, String tag, ObjectNode counts) {
    for (Counter counter : metrics.registry().find(meter).counters()) {
      counts.put(counter.getId().getTag(tag), (long) counter.count());
    }
  }

  /** Neither secrets nor tenants: this is for everyone who reaches the gateway. */
  private void writeConfiguration(ObjectNode node) {
    node.put("topic", configuration.pubsub().topic());
    node.put("spool", configuration.spool().isPresent());
    node.put("database", configuration.database().isPresent());
    ArrayNode webhooks = node.putArray("webhooks");
    for (WebhookEndpoint endpoint : configuration.webhooks()) {
      webhooks
          .addObject()
          .put("path", "/webhooks/" + endpoint.name())
          .put("source", endpoint.source())
          .put("scheme", nameOf(endpoint.scheme()))
          .put("maxBodyBytes", endpoint.maxBodyBytes());
    }
    ObjectNode limits = node.putObject("limits");
    limits.put("maxBodyBytes", configuration.limits().maxBodyBytes());
    limits.put("maxBatchBytes", configuration.limits().maxBatchBytes());
    limits.put("eventsPerSecond", configuration.limits().eventsPerSecond());
    limits.put("burst", configuration.limits().burst());
  }

  private static String nameOf(SignatureScheme scheme) {
    if (scheme instanceof SignatureScheme.Terminal49) {
      return "terminal49";
    }
    return scheme instanceof SignatureScheme.StandardWebhooks ? "standard-webhooks" : "hmac";
  }
}
