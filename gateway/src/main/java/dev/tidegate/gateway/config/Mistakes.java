package dev.tidegate.gateway.config;

import java.util.ArrayList;
import java.util.List;

/** What is wrong with a configuration, gathered so that one run tells all of it. */
final class Mistakes {
  private final List<String> lines = new ArrayList<>();

  /**
   * @param path where in the file, as {@code webhooks.terminal49.secrets[0].secret}
   * @param what it must be; never what it is
   */
  void add(String path, String what) {
    lines.add(path + ": " + what);
  }

  /**
   * @param configuration where they were found
   * @throws ConfigurationException where there are any
   */
  void throwIfAny(String configuration) {
    if (!lines.isEmpty()) {
      throw new ConfigurationException(
          "%s has %s:\n  %s"
              .formatted(
                  configuration,
                  lines.size() == 1 ? "a mistake" : lines.size() + " mistakes",
                  String.join("\n  ", lines)));
    }
  }
}
