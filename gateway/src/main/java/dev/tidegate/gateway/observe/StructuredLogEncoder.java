package dev.tidegate.gateway.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.RootCauseFirstThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import org.slf4j.event.KeyValuePair;

/**
 * A line of JSON for each thing that is logged, with the names that Google Cloud's logging agents
 * look for: {@code severity}, {@code message}, {@code time}. The request's ID, and keys and values
 * that the logging code adds, are further members.
 */
public final class StructuredLogEncoder extends EncoderBase<ILoggingEvent> {
  private final RootCauseFirstThrowableProxyConverter stackTraces =
      new RootCauseFirstThrowableProxyConverter();

  @Override
  public void start() {
    stackTraces.start();
    super.start();
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    ObjectNode line = Json.mapper().createObjectNode();
    line.put("time", event.getInstant().toString());
    line.put("severity", severity(event.getLevel()));
    line.put("message", event.getFormattedMessage());
    line.put("logger", event.getLoggerName());
    line.put("thread", event.getThreadName());
    event.getMDCPropertyMap().forEach(line::put);
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        line.put(pair.key, String.valueOf(pair.value));
      }
    }
    if (event.getThrowableProxy() != null) {
      line.put("exception", stackTraces.convert(event));
    }
    return (Json.write(line) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Of {@code LogSeverity}, as Cloud Logging calls it. */
  private static String severity(Level level) {
    return switch (level.levelInt) {
      case Level.ERROR_INT -> "ERROR";
      case Level.WARN_INT -> "WARNING";
      case Level.INFO_INT -> "INFO";
      default -> "DEBUG";
    };
  }

  @Override
  public byte[] headerBytes() {
    return null;
  }

  @Override
  public byte[] footerBytes() {
    return null;
  }
}
