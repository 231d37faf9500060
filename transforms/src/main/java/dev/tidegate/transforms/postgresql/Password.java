package dev.tidegate.transforms.postgresql;

import java.io.Serializable;

/** Where a database's password is. It travels with the job: it names the place, never the value. */
public sealed interface Password extends Serializable {
  /**
   * In an environment variable of each worker.
   *
   * @param name the variable's name; where it is not set, no password is sent
   */
  record Variable(String name) implements Password {}

  /**
   * In Google's Secret Manager, read by each worker.
   *
   * @param version {@code projects/PROJECT/secrets/NAME/versions/VERSION}; with {@code latest} as
   *     the version, a rotated password is found without a restart
   */
  record Secret(String version) implements Password {
    /** What {@link #version} looks like. */
    public static final String PATTERN =
        "projects/[^/\\s]+/secrets/[\\w-]{1,255}/versions/[\\w-]{1,63}";
  }
}
