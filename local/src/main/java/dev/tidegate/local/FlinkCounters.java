package dev.tidegate.local;

import dev.tidegate.transforms.PipelineMetrics;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * The pipeline's counters while embedded Flink runs it. Beam hands a job's metrics out when the job
 * has ended, which a streaming job does not, but keeps Flink's own metrics current: this listens to
 * those. Flink makes its reporters itself, so what they hear is kept for the whole JVM.
 */
public final class FlinkCounters implements MetricReporter {
  private static final String PREFIX = PipelineMetrics.NAMESPACE + ".";

  /** Counters of running steps, by the name of what they count; guarded by {@code LOCK}. */
  private static final Map<Counter, String> RUNNING = new HashMap<>();

  /** What steps that have ended had counted: a job restarts after a failure. */
  private static final Map<String, Long> ENDED = new HashMap<>();

  private static final Object LOCK = new Object();

  /** Flink's own name of how many checkpoints a job has completed. */
  private static final String CHECKPOINTS = "numberOfCompletedCheckpoints";

  private static Gauge<?> checkpoints;

  /** Each counter's value, summed over all steps and their parallel instances. */
  static Map<String, Long> values() {
    synchronized (LOCK) {
      Map<String, Long> values = new TreeMap<>(ENDED);
      RUNNING.forEach((counter, name) -> values.merge(name, counter.getCount(), Long::sum));
      return values;
    }
  }

  /** How many checkpoints the job that was started last has completed. */
  static long checkpoints() {
    Gauge<?> gauge;
    synchronized (LOCK) {
      gauge = checkpoints;
    }
    return gauge != null && gauge.getValue() instanceof Number completed
        ? completed.longValue()
        : 0;
  }

  /** Forgets what earlier pipelines of this JVM counted. */
  static void reset() {
    synchronized (LOCK) {
      RUNNING.clear();
      ENDED.clear();
    }
  }

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    if (metric instanceof Counter counter && name.startsWith(PREFIX)) {
      synchronized (LOCK) {
        RUNNING.put(counter, name.substring(PREFIX.length()));
      }
    } else if (metric instanceof Gauge<?> gauge && name.equals(CHECKPOINTS)) {
      synchronized (LOCK) {
        checkpoints = gauge;
      }
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    if (metric instanceof Counter counter) {
      synchronized (LOCK) {
        String counted = RUNNING.remove(counter);
        if (counted != null) {
          ENDED.merge(counted, counter.getCount(), Long::sum);
        }
      }
    } else if (name.equals(CHECKPOINTS)) {
      synchronized (LOCK) {
        checkpoints = checkpoints == metric ? null : checkpoints;
      }
    }
  }

  @Override
  public void open(MetricConfig configuration) {}

  @Override
  public void close() {}

  /** How Flink makes the reporter; its configuration names this class. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new FlinkCounters();
    }
  }
}
