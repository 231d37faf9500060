package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How the script {@code tidegate} builds: small modules of the real names, the JDK's own compiler,
 * and in Maven's place a script that tells which libraries there are.
 */
class LauncherBuildTest {
  private static final String MODULE =
      """
      <project>
        <artifactId>tidegate-%s</artifactId>
        <dependencies>%s</dependencies>
      </project>
      """;

  @TempDir Path temporary;

  private Path folder;

  @BeforeEach
  void prepare() throws IOException {
    folder = Files.createDirectory(temporary.resolve("a checkout"));
    Files.copy(Repository.ROOT.resolve("tidegate"), executable("tidegate"));
    Files.writeString(
        executable("mvnw"),
        """
        #!/bin/sh
        echo "$@" >>'%1$s/maven-calls'
        printf '%%s' '%1$s/schemas/target/classes:%1$s/pubsub/target/classes' >'%1$s/local/target/libraries'
        """
            .formatted(folder));
    for (String script : List.of("tidegate", "mvnw")) {
      Files.setPosixFilePermissions(
          folder.resolve(script), PosixFilePermissions.fromString("rwx------"));
    }
    write(
        "pom.xml",
        """
        <project>
          <version>1.2.3</version>
          <modules>
            <module>schemas</module>
            <module>testing</module>
            <module>pubsub</module>
            <module>local</module>
          </modules>
        </project>
        """);
    write("schemas/pom.xml", MODULE.formatted("schemas", ""));
    write("testing/pom.xml", MODULE.formatted("testing", ""));
    write("pubsub/pom.xml", MODULE.formatted("pubsub", ""));
    write(
        "local/pom.xml",
        MODULE.formatted(
            "local",
            "<artifactId>tidegate-schemas</artifactId><artifactId>tidegate-pubsub</artifactId>"));
    name("one");
    source("pubsub", "Queue", "public class Queue { }");
    source("local.command", "Extra", "class Extra { }");
    source(
        "local.command",
        "Tidegate",
        """
        public class Tidegate {
          public static void main(String[] arguments) throws Exception {
            System.out.println(dev.tidegate.schemas.Names.NAME);
            System.out.println(Tidegate.class.getPackage().getImplementationVersion());
            System.out.println(new String(Tidegate.class.getResourceAsStream("note").readAllBytes()));
            System.out.println(Tidegate.class.getResource("Extra.class") != null);
          }
        }
        """);
    write("local/src/main/resources/dev/tidegate/local/command/note", "a note");
  }

  @Test
  void theFirstBuildCompilesAllAndLaterRunsNothing() throws IOException {
    Command.Result first = run();
    assertThat(first.errors())
        .contains("The first time takes about", "MB of libraries", "Built in");
    assertThat(first.lines()).containsExactly("one", "1.2.3", "a note", "true");

    Command.Result second = run();
    assertThat(second.errors()).isEmpty();
    assertThat(second.lines()).isEqualTo(first.lines());
    assertThat(mavenCalls()).hasSize(1);
  }

  /** A compiler copies constants into the classes that use them. */
  @Test
  void whatNeedsAChangedModuleIsCompiledWithIt() throws IOException {
    run();
    name("two");
    Command.Result changed = run();
    assertThat(changed.errors()).contains("(changed: schemas local)");
    assertThat(changed.lines().get(0)).isEqualTo("two");

    source("pubsub", "Queue", "public class Queue { int length; }");
    assertThat(run().errors()).contains("(changed: pubsub local)");
    write("local/src/main/resources/dev/tidegate/local/command/note", "another note");
    Command.Result resource = run();
    assertThat(resource.errors()).contains("(changed: local)");
    assertThat(resource.lines()).containsExactly("two", "1.2.3", "another note", "true");
    assertThat(mavenCalls()).hasSize(1);
  }

  @Test
  void whatNoLongerFitsIsToldAndMended() throws IOException {
    run();
    source("schemas", "Names", "public class Names { }");
    for (int attempt = 1; attempt <= 2; attempt++) {
      Command.Result broken = run();
      assertThat(broken.exitCode()).isEqualTo(1);
      assertThat(broken.output()).isEmpty();
      assertThat(broken.errors())
          .contains("Tidegate.java:4: error: cannot find symbol", "the build failed");
    }
    name("three");
    assertThat(run().lines().get(0)).isEqualTo("three");
  }

  @Test
  void aFileThatIsTakenAwayIsGone() throws IOException {
    run();
    Files.delete(folder.resolve("local/src/main/java/dev/tidegate/local/command/Extra.java"));
    assertThat(run().lines()).endsWith("false");
  }

  @Test
  void mavenIsAskedAgainWhereAPomHasChanged() throws IOException {
    run();
    Files.setLastModifiedTime(
        folder.resolve("local/pom.xml"), FileTime.from(Instant.now().plusMillis(10)));
    Command.Result again = run();
    assertThat(again.exitCode()).isZero();
    assertThat(mavenCalls()).hasSize(2).allMatch(call -> call.contains("-Dlauncher"));

    Files.writeString(folder.resolve("mvnw"), "#!/bin/sh\necho 'no such library'\nexit 1\n");
    Files.setLastModifiedTime(
        folder.resolve("local/pom.xml"), FileTime.from(Instant.now().plusMillis(10)));
    Command.Result failed = run();
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.errors()).contains("no such library", "the build failed");
  }

  /** A system that runs keeps the jars that it was started with. */
  @Test
  void aBuildTakesNothingFromWhatRuns() throws IOException {
    run();
    Path before = Path.of(Files.readString(folder.resolve("local/target/built")));
    name("four");
    run();
    assertThat(before.resolve("tidegate-schemas.jar")).exists();
    assertThat(Path.of(Files.readString(folder.resolve("local/target/built"))))
        .isNotEqualTo(before);
  }

  /** The script goes by the order of the modules in the pom. */
  @Test
  void eachModuleStandsBehindThoseThatItNeeds() throws IOException {
    List<String> modules =
        found("<module>(.*)</module>", Files.readString(Repository.ROOT.resolve("pom.xml")));
    assertThat(modules).hasSizeGreaterThan(6);
    for (String module : modules) {
      String pom = Files.readString(Repository.ROOT.resolve(module).resolve("pom.xml"));
      List<String> needed = found("<artifactId>tidegate-([a-z]+)</artifactId>", pom);
      needed.removeIf(name -> name.equals(module) || !modules.contains(name));
      assertThat(modules.subList(0, modules.indexOf(module))).as(module).containsAll(needed);
    }
  }

  private static List<String> found(String pattern, String text) {
    return new java.util.ArrayList<>(
        Pattern.compile(pattern)
            .matcher(text)
            .results()
            .map((MatchResult r) -> r.group(1))
            .toList());
  }

  private void name(String name) throws IOException {
    source(
        "schemas",
        "Names",
        "public class Names { public static final String NAME = \"%s\"; }".formatted(name));
  }

  private void source(String room, String type, String code) throws IOException {
    String module = room.split("\\.")[0];
    write(
        "%s/src/main/java/dev/tidegate/%s/%s.java".formatted(module, room.replace('.', '/'), type),
        "package dev.tidegate.%s;\n%s\n".formatted(room, code));
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Path executable(String name) {
    return folder.resolve(name);
  }

  private List<String> mavenCalls() throws IOException {
    return Files.readAllLines(folder.resolve("maven-calls"));
  }

  private Command.Result run() {
    return Command.in(temporary)
        .with("JAVA_HOME", System.getProperty("java.home"))
        .run(folder.resolve("tidegate").toString(), "status");
  }
}
