package dev.tidegate.local.command;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tidegate open}: shows a page of the gateway in the browser. */
@Command(
    name = "open",
    description = {
      "Open a page of the gateway in the browser, and print its URL.",
      "Where there is no desktop, the URL is all."
    },
    footer = {"", "Examples:", "  tidegate open", "  tidegate open /openapi.yaml"})
public final class OpenCommand implements Callable<Integer> {
  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  @Parameters(
      paramLabel = "PATH",
      arity = "0..1",
      defaultValue = "/health",
      description = "Which page; ${DEFAULT-VALUE} by default.")
  private String path;

  @Override
  public Integer call() throws IOException {
    String page = gateway.client().url() + (path.startsWith("/") ? "" : "/") + path;
    boolean mac = System.getProperty("os.name").startsWith("Mac");
    boolean desktop =
        mac
            || gateway
                .variable("DISPLAY")
                .or(() -> gateway.variable("WAYLAND_DISPLAY"))
                .isPresent();
    if (desktop && !output.isQuiet()) {
      try {
        new ProcessBuilder(List.of(mac ? "open" : "xdg-open", page))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
      } catch (IOException noBrowser) {
        output.err().println("tidegate: no browser could be started");
      }
    }
    output.out().print(page + "\n");
    return 0;
  }
}
