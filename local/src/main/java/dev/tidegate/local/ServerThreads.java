package dev.tidegate.local;

import com.linecorp.armeria.common.FlagsProvider;

/**
 * How many threads the gateway of a local system has for requests that wait for the database or for
 * a file. Armeria's default is 200, all of which it starts. Armeria finds this class by {@code
 * ServiceLoader}.
 */
public final class ServerThreads implements FlagsProvider {
  /** More than the gateway has connections to the database, so that some are left for files. */
  private static final int THREADS = 16;

  /** Above Armeria's own defaults (0) and below what system properties say (100). */
  @Override
  public int priority() {
    return 10;
  }

  @Override
  public Integer numCommonBlockingTaskThreads() {
    return THREADS;
  }
}
