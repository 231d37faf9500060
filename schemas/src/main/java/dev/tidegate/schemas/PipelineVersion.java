package dev.tidegate.schemas;

/** The version of Tidegate that runs, as the build wrote it into the jar. */
public final class PipelineVersion {
  /** The version, or {@code development} where classes run without their jar. */
  public static final String TEXT = read();

  private PipelineVersion() {}

  private static String read() {
    String version = PipelineVersion.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
