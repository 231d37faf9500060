package dev.tidegate.pipeline.launch;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;

/** A pipeline's own options, in groups, with what they mean and what they are if not given. */
final class OptionHelp {
  private static final int WIDTH = 96;
  private static final String INDENT = "      ";

  private OptionHelp() {}

  /** The help of {@code pipeline}, whose options are those of {@code type}. */
  static String of(String pipeline, Class<? extends PipelineOptions> type) {
    StringBuilder help = new StringBuilder(pipeline).append(" --NAME=VALUE …\n");
    for (Class<?> group : groupsOf(type)) {
      help.append('\n').append(group.getAnnotation(Description.class).value()).append('\n');
      Arrays.stream(group.getDeclaredMethods())
          .filter(method -> method.isAnnotationPresent(Description.class))
          .sorted(Comparator.comparing(Method::getName))
          .forEach(getter -> append(help, getter));
    }
    return help.append("\nThose of Beam and its runners: --help=DataflowPipelineOptions, ")
        .append("--help=PubsubOptions and the like.\n")
        .toString();
  }

  /** The interfaces of ours that {@code type} is made of: they alone are described by a title. */
  private static List<Class<?>> groupsOf(Class<?> type) {
    Set<Class<?>> groups = new LinkedHashSet<>(List.of(type));
    groups.addAll(Arrays.asList(type.getInterfaces()));
    List<Class<?>> ours = new ArrayList<>(groups);
    ours.removeIf(group -> !group.getPackageName().startsWith("dev.tidegate."));
    return ours;
  }

  private static void append(StringBuilder help, Method getter) {
    help.append("  --").append(KnownOptions.nameOf(getter).orElseThrow());
    defaultOf(getter).ifPresent(value -> help.append('=').append(value));
    help.append('\n');
    StringBuilder line = new StringBuilder(INDENT);
    for (String word : getter.getAnnotation(Description.class).value().split(" ")) {
      if (line.length() + word.length() > WIDTH) {
        help.append(line.toString().stripTrailing()).append('\n');
        line.setLength(INDENT.length());
      }
      line.append(word).append(' ');
    }
    help.append(line.toString().stripTrailing()).append('\n');
  }

  /** The value of whichever of Beam's annotations gives one. */
  private static Optional<String> defaultOf(Method getter) {
    return Arrays.stream(getter.getAnnotations())
        .filter(annotation -> annotation.annotationType().getEnclosingClass() == Default.class)
        .findFirst()
        .map(OptionHelp::valueOf);
  }

  private static String valueOf(Annotation annotation) {
    try {
      return String.valueOf(annotation.annotationType().getMethod("value").invoke(annotation));
    } catch (ReflectiveOperationException noValue) {
      throw new IllegalStateException("a default has a value", noValue);
    }
  }
}
