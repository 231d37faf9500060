package dev.tidegate.pipeline.launch;

import java.util.List;

/** One thing that must hold before a job starts. Checks are independent of each other. */
public interface LaunchCheck {
  /** The option whose value is asked about, with its dashes. */
  String option();

  /**
   * Everything that does not hold, a line each, saying what to change.
   *
   * @throws Exception where it cannot be found out
   */
  List<String> mistakes() throws Exception;
}
