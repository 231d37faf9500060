package dev.tidegate.transforms.handlers.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.tidegate.testing.CompiledJar;
import dev.tidegate.testing.PageFiles;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** What {@code docs/handlers.md} shows are files that compile, and whose tests pass. */
class HandlersPageTest {
  private static final String PACKAGE = "com.example.warehouse";
  private static final Path PAGE = Repository.ROOT.resolve("docs/handlers.md");
  private static final Path TESTS = Path.of("src", "test");

  /** Where the reader has a jar that runs; what follows adds to it. */
  private static final String END_OF_EXAMPLE = "## What else an event causes";

  @TempDir private Path folder;

  @Test
  void everyFileIsOneOfTheExample() throws IOException {
    Map<String, String> files = PageFiles.of(PAGE);
    assertThat(files).hasSizeGreaterThan(8);
    for (Map.Entry<String, String> file : files.entrySet()) {
      String path = file.getKey();
      if (path.endsWith(".java")) {
        Path example =
            TESTS
                .resolve("java/dev/tidegate/transforms/handlers/example")
                .resolve(path.substring(path.lastIndexOf('/') + 1));
        assertThat(file.getValue())
            .as(path)
            .isEqualTo(
                Files.readString(example)
                    .replace(
                        "package " + HandlersPageTest.class.getPackageName(),
                        "package " + PACKAGE));
      } else if (path.endsWith(".json")) {
        assertThat(file.getValue())
            .as(path)
            .isEqualTo(Files.readString(TESTS.resolve(path.replace("src/main/", ""))));
      }
    }
    Matcher sql =
        Pattern.compile("(?s)```sql\n(CREATE TABLE parcels.*?)```").matcher(Files.readString(PAGE));
    assertThat(sql.find()).isTrue();
    assertThat(
            Files.readString(
                TESTS.resolve("resources/dev/tidegate/transforms/handlers/example/parcels.sql")))
        .contains(sql.group(1));
  }

  /** As somebody has it who stops after the worked example, and who goes on to the end. */
  @ParameterizedTest
  @CsvSource({"true, 3", "false, 5"})
  void theFilesCompileAndTheirTestsPass(boolean stopsEarly, int tests) throws Exception {
    String page = Files.readString(PAGE);
    Map<String, String> files =
        PageFiles.of(stopsEarly ? page.substring(0, page.indexOf(END_OF_EXAMPLE)) : page);
    Map<String, String> sources = new TreeMap<>(PageFiles.javaIn(files, "src/main/java/"));
    Map<String, String> testSources = PageFiles.javaIn(files, "src/test/java/");
    sources.putAll(testSources);
    CompiledJar jar = new CompiledJar().compiled(sources);
    files.forEach(
        (path, text) -> {
          if (path.startsWith("src/main/resources/")) {
            jar.file(path.substring("src/main/resources/".length()), text);
          }
        });

    TestExecutionSummary summary = run(jar.writeTo(folder.resolve("warehouse.jar")), testSources);
    assertThat(summary.getFailures()).isEmpty();
    assertThat(summary.getTestsSucceededCount()).isEqualTo(tests);
  }

  private static TestExecutionSummary run(Path jar, Map<String, String> tests) throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      List<DiscoverySelector> selectors = new ArrayList<>();
      for (String name : tests.keySet()) {
        selectors.add(
            selectClass(loader.loadClass(PACKAGE + "." + name.replaceFirst("[.]java$", ""))));
      }
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      Launcher launcher =
          LauncherFactory.create(
              LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build());
      launcher.execute(
          LauncherDiscoveryRequestBuilder.request().selectors(selectors).build(), listener);
      return listener.getSummary();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  /** A reader's Maven finds what Tidegate's has found. */
  @Test
  void itsProjectNamesTheVersionsOfThisOne() throws IOException {
    String project = PageFiles.of(PAGE).get("pom.xml");
    String own = Files.readString(Repository.ROOT.resolve("pom.xml"));
    for (String property : List.of("junit.version", "assertj.version", "surefire.version")) {
      assertThat(project).contains("<version>" + valueOf(own, property) + "</version>");
    }
    Matcher compiler =
        Pattern.compile("<artifactId>maven-compiler-plugin</artifactId>\\s*<version>.*?</version>")
            .matcher(own);
    assertThat(compiler.find()).isTrue();
    assertThat(project.replaceAll("\\s", "")).contains(compiler.group().replaceAll("\\s", ""));
    Matcher version =
        Pattern.compile("<artifactId>tidegate</artifactId>\\s*<version>(.*?)</version>")
            .matcher(own);
    assertThat(version.find()).isTrue();
    assertThat(project)
        .containsPattern(
            "<artifactId>tidegate-transforms</artifactId>\\s*<version>"
                + Pattern.quote(version.group(1)));
  }

  private static String valueOf(String pom, String property) {
    Matcher value = Pattern.compile("<%1$s>(.*?)</%1$s>".formatted(property)).matcher(pom);
    assertThat(value.find()).as(property).isTrue();
    return value.group(1);
  }
}
