package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate trigger}: sends one of the bundled sample notifications, as something new. */
@Command(
    name = "trigger",
    description = {
      "Send a sample notification with new IDs, and show what becomes of it.",
      "It is a signed webhook of Terminal49. For a gateway elsewhere, put its secret into the"
          + " environment variable TIDEGATE_WEBHOOK_SECRET."
    },
    footer = {
      "",
      "Examples:",
      "  tidegate trigger --list",
      "  tidegate trigger container.transport.vessel_loaded",
      "  tidegate trigger unknown-type"
    })
public final class TriggerCommand implements Callable<Integer> {
  static final String SECRET_VARIABLE = "TIDEGATE_WEBHOOK_SECRET";

  private static final Pattern ID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private static final Pattern CREATED = Pattern.compile("(\"created_at\": *\")[0-9]{4}-[^\"]*Z\"");

  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  @Parameters(
      paramLabel = "SAMPLE",
      arity = "0..1",
      description = "The sample's name, or an event type that it is of.")
  private String sample;

  @Option(names = "--list", description = "List the samples, and send nothing.")
  private boolean list;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, ObjectNode> samples = samples();
    if (list) {
      output.list(samples.values(), "sample", "eventType");
      return 0;
    } else if (sample == null) {
      throw output.mistake("Say which sample; --list shows them");
    }
    ObjectNode chosen =
        samples.values().stream()
            .filter(
                known ->
                    known.path("sample").asText().equals(sample)
                        || known.path("eventType").asText("").equals(sample))
            .findFirst()
            .orElseThrow(
                () -> output.mistake("There is no sample %s; --list shows them".formatted(sample)));
    GatewayClient client = gateway.client();
    byte[] body = renewed(Demo.sample(chosen.path("file").asText()));
    String id =
        client
            .webhook(
                GatewaySink.PATH,
                body,
                GatewaySink.SIGNATURE,
                GatewaySink.sign(secret(client), body))
            .path("eventId")
            .asText();
    JsonNode event = client.get("/events/" + GatewayClient.encoded(id) + "?wait=30");
    output.list(List.of(event), "eventId", "status", "eventType", "notificationId", "errorMessage");
    return 0;
  }

  /** By their names, in the order in which they happened. */
  private static Map<String, ObjectNode> samples() throws IOException {
    Map<String, ObjectNode> samples = new LinkedHashMap<>();
    for (String file : Demo.samples()) {
      String name = file.replaceFirst("^[0-9]+-", "").replaceFirst("\\.json$", "");
      ObjectNode sample = Json.mapper().createObjectNode().put("sample", name);
      EventSources.installed()
          .named(Terminal49.NAME)
          .identify(Demo.sample(file))
          .eventType()
          .ifPresent(type -> sample.put("eventType", type));
      samples.put(name, sample.put("file", file));
    }
    return samples;
  }

  /** The same with other IDs, the same one for the same, and created just now. */
  private static byte[] renewed(byte[] body) {
    Map<String, String> renewed = new HashMap<>();
    String text =
        ID.matcher(new String(body, StandardCharsets.UTF_8))
            .replaceAll(
                id -> renewed.computeIfAbsent(id.group(), old -> UUID.randomUUID().toString()));
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    return CREATED.matcher(text).replaceFirst("$1" + now + "\"").getBytes(StandardCharsets.UTF_8);
  }

  private Secret secret(GatewayClient client) throws IOException {
    return gateway.systemOf(client).isPresent()
        ? DevelopmentSecrets.in(gateway.data().folder()).terminal49()
        : gateway
            .variable(SECRET_VARIABLE)
            .map(Secret::of)
            .orElseThrow(
                () ->
                    new CommandFailure(
                        "The gateway at %s is not the one of %s: set %s to the secret of its %s"
                            .formatted(
                                client.url(),
                                gateway.data().folder(),
                                SECRET_VARIABLE,
                                GatewaySink.PATH)));
  }
}
