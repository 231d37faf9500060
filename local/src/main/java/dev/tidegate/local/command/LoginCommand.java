package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tidegate login}: keeps a gateway's address and a token for it. */
@Command(
    name = "login",
    description = {
      "Check a token with a gateway, and keep both for later commands.",
      "The token is read from the environment variable TIDEGATE_TOKEN. Without that, it is asked"
          + " for on the terminal, or read from standard input."
    },
    footer = {
      "",
      "It is kept in ${XDG_CONFIG_HOME:-~/.config}/tidegate/profiles.json, for your eyes only.",
      "",
      "Examples:",
      "  tidegate login --gateway-url https://events.example.com",
      "  tidegate login --gateway-url https://events.example.com <token-file"
    })
public final class LoginCommand implements Callable<Integer> {
  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path file = Profiles.file(gateway.environment());
    Profiles profiles = Profiles.in(file);
    String name = gateway.profile().orElse("default");
    if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
      throw output.mistake("--profile takes letters, digits, dots and dashes, not " + name);
    }
    String url =
        gateway
            .address()
            .or(() -> profiles.named(name).map(Profiles.Profile::gatewayUrl))
            .orElseThrow(() -> output.mistake("Say which gateway: --gateway-url URL"));
    String token = token();
    JsonNode caller =
        new GatewayClient(url, () -> token, "Ask whoever runs it for another").get("/whoami");
    profiles.with(name, new Profiles.Profile(url, token)).writeTo(file);
    if (!output.isForPeople() || output.isQuiet()) {
      output.one(caller, "subject");
    } else {
      output
          .out()
          .print(
              DisplayText.escaped(
                      "Logged in to %s as %s of tenant %s (%s). It is the profile %s."
                          .formatted(
                              url,
                              caller.path("subject").asText("a service"),
                              caller.path("tenant").asText(),
                              WhoamiCommand.rolesOf(caller),
                              name))
                  + "\n");
    }
    if (url.startsWith("http:") && !url.matches("http://(localhost|127\\.[0-9.]+|\\[::1])(:.*)?")) {
      output.err().println("tidegate: " + url + " is not encrypted: others can read the token");
    }
    return 0;
  }

  private String token() throws IOException {
    Optional<String> given = gateway.variable(GatewayOption.TOKEN_VARIABLE);
    Console console = Terminal.current().asks() ? System.console() : null;
    String token;
    if (given.isPresent()) {
      token = given.get();
    } else if (console != null) {
      char[] typed = console.readPassword("Token: ");
      token = typed == null ? "" : new String(typed);
    } else {
      String line =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
      token = line == null ? "" : line;
    }
    if (!token.strip().matches("[\\x21-\\x7E]+")) {
      throw new CommandFailure(
          "There is no token. Type it in, give it on standard input, or set %s"
              .formatted(GatewayOption.TOKEN_VARIABLE));
    }
    return token.strip();
  }
}
