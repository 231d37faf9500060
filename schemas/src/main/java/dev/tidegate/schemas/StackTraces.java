package dev.tidegate.schemas;

/** A failure's frames as bounded text, without messages: those may quote the event. */
public final class StackTraces {
  private static final int MAX_FRAMES = 30;
  private static final int MAX_CAUSES = 3;

  private StackTraces() {}

  /** Class names and frames of {@code failure} and its causes. */
  public static String framesOf(Throwable failure) {
    StringBuilder text = new StringBuilder();
    Throwable current = failure;
    for (int depth = 0; current != null && depth < MAX_CAUSES; depth++) {
      text.append(depth == 0 ? "" : "caused by ").append(current.getClass().getName()).append('\n');
      StackTraceElement[] frames = current.getStackTrace();
      for (int i = 0; i < Math.min(MAX_FRAMES, frames.length); i++) {
        text.append("  at ").append(frames[i]).append('\n');
      }
      current = current.getCause();
    }
    return text.toString();
  }
}
