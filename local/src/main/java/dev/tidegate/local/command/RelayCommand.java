package dev.tidegate.local.command;

import static dev.tidegate.local.command.GatewayClient.query;

import java.util.Collections;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tidegate relay}: what publishes the outbox. */
@Command(
    name = "relay",
    description = "Look after the relay, which publishes the outbox.",
    footer = {"", "Example: tidegate relay status"})
public final class RelayCommand extends Noun {
  private static final String RELAY = "/admin/relay";
  private static final String REFUSED = RELAY + "/refused";

  private static final String[] COLUMNS = {
    "eventId", "tenant", "source", "eventType", "aggregate", "refusedAt", "refusal"
  };

  private static final String[] DONE = {"eventId", "source", "eventType", "aggregate"};

  @Command(
      description = "Show what waits in the outbox, and for how long.",
      footer = {"", "Example: tidegate relay status -o json"})
  int status(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Option(names = "--tenant", paramLabel = "ID", description = "Of this tenant only.")
          String tenant)
      throws InterruptedException {
    output.one(
        gateway.client().get(query(RELAY, Collections.singletonMap("tenant", tenant))), "waiting");
    return 0;
  }

  @Command(
      description = "List the rows that Pub/Sub refuses, the last refused first.",
      footer = {"", "Example: tidegate relay list --limit 100"})
  int list(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin ListOption list)
      throws InterruptedException {
    return list.print(gateway, output, REFUSED, Map.of(), COLUMNS);
  }

  @Command(
      description = "Publish refused rows again, and then the rows that wait for them.",
      footer = {"", "Example: tidegate relay retry 0190a1b2-0000-8000-8000-0123456789ab"})
  int retry(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return things.post(gateway, output, REFUSED, "retry", DONE);
  }

  @Command(
      description = "Discard refused rows. The rows that wait for them are then published.",
      footer = {"", "Example: tidegate relay discard 0190a1b2-0000-8000-8000-0123456789ab"})
  int discard(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return things.post(gateway, output, REFUSED, "discard", DONE);
  }
}
