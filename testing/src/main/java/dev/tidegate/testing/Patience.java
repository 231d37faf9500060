package dev.tidegate.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * How long tests wait for what must come: {@code await()} without {@code atMost} waits this long.
 * It is far longer than anything takes, so that a busy machine fails no test. JUnit finds this
 * class by itself, in every JVM of tests.
 */
public final class Patience implements LauncherSessionListener {
  /** The longest wait. */
  public static final Duration LONGEST = Duration.ofMinutes(5);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Awaitility.setDefaultTimeout(LONGEST);
    Awaitility.setDefaultPollInterval(BETWEEN_LOOKS);
    Awaitility.setDefaultPollDelay(Duration.ZERO);
  }
}
