package dev.tidegate.local.command;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code tidegate open}: shows a page of the gateway in the browser. The console's are opened by a
 * code that signs the browser in once: it stands behind the {@code #}, which no browser sends on.
 */
@Command(
    name = "open",
    description = {
      "Open the console in the browser, signed in as you.",
      "Another page of the gateway can be named. The URL is printed, too: where there is no"
          + " desktop, open it yourself. The console's URL signs one browser in, and is good for a"
          + " minute."
    },
    footer = {"", "Examples:", "  tidegate open", "  tidegate open /openapi.yaml"})
public final class OpenCommand implements Callable<Integer> {
  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  @Parameters(
      paramLabel = "PATH",
      arity = "0..1",
      defaultValue = "/console/",
      description = "Which page; ${DEFAULT-VALUE} by default.")
  private String path;

  @Override
  public Integer call() throws InterruptedException {
    GatewayClient client = gateway.client();
    String place = (path.startsWith("/") ? "" : "/") + path;
    String page = client.url() + (isConsole(place) ? signingIn(client, place) : place);
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

  private static boolean isConsole(String place) {
    return place.matches("/console([/?].*)?");
  }

  /** The page that signs a browser in, and goes on to {@code place}. */
  private static String signingIn(GatewayClient client, String place) throws InterruptedException {
    String code = client.post("/console/codes").path("code").asText();
    boolean isHome = place.matches("/console/?");
    return "/console/sign-in%s#code=%s"
        .formatted(isHome ? "" : "?returnTo=" + GatewayClient.encoded(place), code);
  }
}
