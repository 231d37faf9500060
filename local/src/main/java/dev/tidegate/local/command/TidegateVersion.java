package dev.tidegate.local.command;

import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
final class TidegateVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = TidegateVersion.class.getPackage().getImplementationVersion();
    return new String[] {"Tidegate " + (version == null ? "(not packaged)" : version)};
  }
}
