package dev.tidegate.local;

import java.util.Optional;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;

/**
 * Keeps what embedded Flink itself tells of a job that was just submitted: Beam says of one that
 * fails and starts again, over and over, that it runs. Flink makes its listeners itself; it calls
 * them in the thread that submits the job.
 */
public final class FlinkJobListener implements JobListener {
  private static final ThreadLocal<JobClient> SUBMITTED = new ThreadLocal<>();

  /** The job that this thread submitted last, once. */
  static Optional<JobClient> takeSubmitted() {
    Optional<JobClient> submitted = Optional.ofNullable(SUBMITTED.get());
    SUBMITTED.remove();
    return submitted;
  }

  @Override
  public void onJobSubmitted(JobClient job, Throwable failure) {
    SUBMITTED.set(job);
  }

  @Override
  public void onJobExecuted(JobExecutionResult result, Throwable failure) {}
}
