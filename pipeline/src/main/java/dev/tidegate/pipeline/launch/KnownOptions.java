package dev.tidegate.pipeline.launch;

import java.beans.Introspector;
import java.lang.reflect.Method;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.util.StringUtils;

/** All options there are: a pipeline's own, and those that Beam and its runners register. */
final class KnownOptions {
  /** Further away than this, another name is no likely misspelling of it. */
  private static final int NEAR = 5;

  private final Map<String, Method> getters = new TreeMap<>();

  KnownOptions(Class<? extends PipelineOptions> own) {
    Set<Class<? extends PipelineOptions>> all =
        new LinkedHashSet<>(PipelineOptionsFactory.getRegisteredOptions());
    // Last, so that an option of ours is read from the pipeline's own interface.
    all.add(own);
    for (Class<? extends PipelineOptions> options : all) {
      for (Method method : options.getMethods()) {
        nameOf(method).ifPresent(name -> getters.put(name, method));
      }
    }
  }

  /** The option that {@code getter} reads; empty where it is no getter. */
  static Optional<String> nameOf(Method getter) {
    if (getter.getParameterCount() > 0 || getter.getReturnType() == void.class) {
      return Optional.empty();
    }
    String name = getter.getName();
    if (name.startsWith("get") && name.length() > 3) {
      return Optional.of(Introspector.decapitalize(name.substring(3)));
    }
    boolean flag = name.startsWith("is") && name.length() > 2;
    return flag ? Optional.of(Introspector.decapitalize(name.substring(2))) : Optional.empty();
  }

  boolean has(String name) {
    return getters.containsKey(name);
  }

  /** The type of the option {@code name}, which there is. */
  Class<?> typeOf(String name) {
    return getters.get(name).getReturnType();
  }

  /** The option that {@code misspelt} is likely to mean. */
  Optional<String> nearestTo(String misspelt) {
    return getters.keySet().stream()
        .min(Comparator.comparingInt(name -> StringUtils.getLevenshteinDistance(name, misspelt)))
        .filter(
            name ->
                StringUtils.getLevenshteinDistance(name, misspelt)
                    <= Math.min(NEAR, misspelt.length() / 2));
  }

  /**
   * What {@code options} say of the option {@code name}; empty where they say nothing, or no runner
   * on the class path has such an option.
   */
  Optional<Object> valueOf(PipelineOptions options, String name) {
    Method getter = getters.get(name);
    if (getter == null) {
      return Optional.empty();
    }
    Class<? extends PipelineOptions> declaring =
        getter.getDeclaringClass().asSubclass(PipelineOptions.class);
    try {
      return Optional.ofNullable(getter.invoke(options.as(declaring)));
    } catch (ReflectiveOperationException noDefault) {
      // Its default is made by asking the machine, which did not tell.
      return Optional.empty();
    }
  }
}
