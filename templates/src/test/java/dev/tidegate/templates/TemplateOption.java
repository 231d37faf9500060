package dev.tidegate.templates;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.beam.runners.dataflow.DataflowRunner;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.options.Validation;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * An option of ours, as its interface declares it.
 *
 * @param name without hyphens
 * @param type what its getter returns
 * @param description for people
 * @param defaultValue on Dataflow, as it would be given; null where there is none
 * @param required whether Beam refuses to go on without it
 */
record TemplateOption(
    String name,
    Class<?> type,
    String description,
    @Nullable String defaultValue,
    boolean required) {
  /** All options that interfaces of this project declare, by name. */
  static Map<String, TemplateOption> of(Class<? extends PipelineOptions> options) {
    Map<String, TemplateOption> byName = new TreeMap<>();
    interfaces(options)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> method.getName().startsWith("get") && method.getParameterCount() == 0)
        .map(TemplateOption::of)
        .forEach(option -> byName.put(option.name(), option));
    return byName;
  }

  private static Stream<Class<?>> interfaces(Class<?> options) {
    return Stream.concat(
        Stream.of(options).filter(type -> type.getName().startsWith("dev.tidegate.")),
        Arrays.stream(options.getInterfaces()).flatMap(TemplateOption::interfaces));
  }

  private static TemplateOption of(Method getter) {
    String name = getter.getName().substring("get".length());
    Description description = getter.getAnnotation(Description.class);
    if (description == null) {
      throw new IllegalStateException(getter + " has no @Description");
    }
    return new TemplateOption(
        Character.toLowerCase(name.charAt(0)) + name.substring(1),
        getter.getReturnType(),
        description.value(),
        defaultOf(getter),
        getter.isAnnotationPresent(Validation.Required.class));
  }

  private static @Nullable String defaultOf(Method getter) {
    try {
      Default.InstanceFactory factory = getter.getAnnotation(Default.InstanceFactory.class);
      if (factory != null) {
        PipelineOptions dataflow = PipelineOptionsFactory.create();
        dataflow.setRunner(DataflowRunner.class);
        return factory.value().getDeclaredConstructor().newInstance().create(dataflow).toString();
      }
      for (Annotation annotation : getter.getAnnotations()) {
        if (annotation.annotationType().getEnclosingClass() == Default.class) {
          return annotation.annotationType().getMethod("value").invoke(annotation).toString();
        }
      }
      return null;
    } catch (ReflectiveOperationException none) {
      throw new IllegalStateException(getter + " has a default of no value", none);
    }
  }

  boolean isList() {
    return Collection.class.isAssignableFrom(type);
  }

  boolean isNumber() {
    return type.isPrimitive() && type != boolean.class;
  }

  /** The values that an enumeration allows; empty for other types. */
  List<String> values() {
    return type.isEnum()
        ? Arrays.stream(type.getEnumConstants()).map(value -> ((Enum<?>) value).name()).toList()
        : List.of();
  }
}
