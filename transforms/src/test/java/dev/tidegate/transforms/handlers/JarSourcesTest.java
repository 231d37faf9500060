package dev.tidegate.transforms.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidegate.schemas.Table;
import dev.tidegate.testing.CompiledJar;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sources in jars, which somebody else builds. */
class JarSourcesTest {
  private static final String CANNOT = "The event source jar.Depot in some.jar cannot be used: ";
  private static final String ANOTHER_VERSION =
      "it was built against another version of Tidegate or of Java, or what it needs is not on the"
          + " class path. Build it against this version (";

  @TempDir Path folder;

  @Test
  void aJarsSourceStandsBesideTidegatesOwn() throws Exception {
    EventSources found = installed(depot("depot", "depot_places"), "jar.Depot # a comment");
    assertThat(found.named("depot").origin()).isEqualTo("jar.Depot in some.jar");
    assertThat(found.named("terminal49").hasMigrations()).isTrue();
    assertThat(found.addedTables()).extracting(Table::name).containsExactly("depot_places");
  }

  static Stream<Arguments> unusable() throws IOException {
    return Stream.of(
        arguments(depot("", "depot_places"), "jar.Depot", CANNOT + "its name must be "),
        arguments(
            depot("depot", "depot_places").without("jar/Depot$Places.class"),
            "jar.Depot",
            CANNOT + ANOTHER_VERSION + "NoClassDefFoundError: jar/Depot$Places)"),
        arguments(
            depot("depot", "depot_places").ofALaterJava("jar/Depot.class"),
            "jar.Depot",
            ANOTHER_VERSION + "UnsupportedClassVersionError: "),
        arguments(depot("depot", "depot_places"), "jar.Depott", "Provider jar.Depott not found"),
        arguments(depot("depot", "depot_places"), "jar Depot", "Illegal configuration-file syntax"),
        arguments(
            depot("depot", "depot_places"),
            "dev.tidegate.schemas.Table",
            "dev.tidegate.schemas.Table not a subtype"),
        arguments(
            depot("depot", "Depot Places"),
            "jar.Depot",
            CANNOT + "not a plain SQL name: Depot Places"),
        arguments(
            depot("terminal49", "depot_places"),
            "jar.Depot",
            "two event sources are named terminal49: "),
        arguments(
            depot("depot", "containers"),
            "jar.Depot",
            "the table containers belongs to both event sources depot and terminal49"),
        arguments(
            depot("depot", "events"),
            "jar.Depot",
            CANNOT + "the table events belongs to Tidegate"));
  }

  @ParameterizedTest
  @MethodSource
  void unusable(CompiledJar jar, String service, String mistake) {
    assertThatThrownBy(() -> installed(jar, service))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(mistake);
  }

  @Test
  void allUnusableOnesAreToldTogether() {
    assertThatThrownBy(
            () ->
                installed(
                    depot("", "depot_places"), "jar.None\njar.Depot\ndev.tidegate.schemas.Table"))
        .hasMessageContainingAll("jar.None not found", CANNOT, "not a subtype");
  }

  private EventSources installed(CompiledJar jar, String service) throws Exception {
    Path file =
        jar.file("META-INF/services/" + EventSource.class.getName(), service + "\n")
            .writeTo(folder.resolve("some.jar"));
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {file.toUri().toURL()}, EventSource.class.getClassLoader())) {
      return EventSources.installed(loader);
    }
  }

  private static CompiledJar depot(String name, String table) throws IOException {
    return new CompiledJar()
        .compiled(
            Map.of(
                "Depot.java",
                """
                package jar;

                import dev.tidegate.schemas.Column;
                import dev.tidegate.schemas.Table;
                import dev.tidegate.transforms.handlers.application.ApplicationEvents;
                import java.util.List;
                import java.util.Map;

                public final class Depot extends ApplicationEvents {
                  public Depot() {
                    super("%s", Map.of(), List.of(Places.TABLE));
                  }

                  static final class Places {
                    static final Table TABLE =
                        Table.named("%s")
                            .key(Column.indexedText("place_id"))
                            .group("place", Column.text("name"))
                            .build();
                  }
                }
                """
                    .formatted(name, table)));
  }
}
