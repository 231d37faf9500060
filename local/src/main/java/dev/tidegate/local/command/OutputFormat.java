package dev.tidegate.local.command;

/** How a result is written. */
enum OutputFormat {
  /** Aligned columns for people. */
  TABLE,
  /** One array of objects. */
  JSON,
  /** RFC 4180 with a header. */
  CSV;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
