package dev.tidegate.flink;

import io.github.classgraph.ClassGraph;
import io.github.classgraph.ClassInfo;
import io.github.classgraph.ScanResult;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;

/** The settings that the Flink on the classpath has, as its own classes declare them. */
final class FlinkSettings {
  /** The Prometheus reporter's, which reads it by itself; it is a plugin in Flink's image only. */
  private static final ConfigOption<Integer> PROMETHEUS_PORT =
      ConfigOptions.key("port").intType().noDefaultValue();

  private static final Map<String, ConfigOption<?>> DECLARED = declared();

  private FlinkSettings() {}

  /**
   * Checks that Flink has a setting of that name, not a deprecated one, and reads that value.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  static void check(String key, String value) {
    // A reporter's settings carry the name that it was given.
    ConfigOption<?> option = DECLARED.get(key.replaceFirst("^metrics\\.reporter\\.[^.]+\\.", ""));
    if (option == null) {
      throw new IllegalArgumentException("Flink has no setting " + key);
    }
    Configuration configuration = new Configuration();
    configuration.setString(option.key(), value);
    // Throws for what is not of the option's type.
    configuration.getOptional(option);
  }

  private static Map<String, ConfigOption<?>> declared() {
    Map<String, ConfigOption<?>> options = new HashMap<>();
    options.put(PROMETHEUS_PORT.key(), PROMETHEUS_PORT);
    try (ScanResult classes =
        new ClassGraph().acceptPackages("org.apache.flink").enableClassInfo().scan()) {
      for (ClassInfo candidate : classes.getAllClasses()) {
        if (candidate.isPublic() && candidate.getName().endsWith("Options")) {
          addFields(candidate.loadClass(), options);
        }
      }
    }
    if (options.size() < 300) {
      throw new IllegalStateException("only " + options.size() + " of Flink's settings were found");
    }
    return options;
  }

  private static void addFields(Class<?> type, Map<String, ConfigOption<?>> options) {
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())
          && Modifier.isPublic(field.getModifiers())
          && ConfigOption.class.isAssignableFrom(field.getType())
          && !field.isAnnotationPresent(Deprecated.class)) {
        try {
          ConfigOption<?> option = (ConfigOption<?>) field.get(null);
          options.put(option.key(), option);
        } catch (IllegalAccessException hidden) {
          throw new IllegalStateException(field.toString(), hidden);
        }
      }
    }
  }
}
