package dev.tidegate.local;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a running system's log goes: a bounded file of JSON lines, and nothing to the terminal. */
public final class LocalLogging {
  /** The file's name in its folder. */
  public static final String FILE = "tidegate.log";

  private static final FileSize MAX_FILE_SIZE = new FileSize(20 * FileSize.MB_COEFFICIENT);
  private static final int OLD_FILES = 3;

  /** Talkative libraries, and what of them is worth keeping. */
  private static final Map<String, Level> LEVELS =
      Map.of(
          "org.apache.flink", Level.WARN,
          // Says of every operator that its name is long.
          "org.apache.flink.metrics.MetricGroup", Level.ERROR,
          "org.apache.beam", Level.WARN,
          "org.apache.pekko", Level.WARN,
          "org.flywaydb", Level.INFO,
          "com.linecorp.armeria", Level.WARN,
          "dev.tidegate", Level.INFO);

  private LocalLogging() {}

  /** Sends everything that is logged from now on to {@code folder}. */
  public static void toFolder(Path folder) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    context.reset();
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setFile(folder.resolve(FILE).toString());

    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithFormattedMessage(true);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithContext(false);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.start();
    appender.setEncoder(encoder);

    FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(folder.resolve("tidegate.%i.log.gz").toString());
    rolling.setMinIndex(1);
    rolling.setMaxIndex(OLD_FILES);
    rolling.start();
    appender.setRollingPolicy(rolling);

    SizeBasedTriggeringPolicy<ILoggingEvent> full = new SizeBasedTriggeringPolicy<>();
    full.setContext(context);
    full.setMaxFileSize(MAX_FILE_SIZE);
    full.start();
    appender.setTriggeringPolicy(full);
    appender.start();

    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    LEVELS.forEach((name, level) -> context.getLogger(name).setLevel(level));
  }
}
