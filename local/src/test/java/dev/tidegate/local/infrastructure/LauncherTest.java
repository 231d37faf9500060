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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code tidegate} beside a build that is done, with a Java that shows what it is given.
 */
class LauncherTest {
  @TempDir Path folder;

  private Path jars;

  @BeforeEach
  void prepare() throws IOException {
    Files.copy(Repository.ROOT.resolve("tidegate"), folder.resolve("tidegate"));
    Files.setPosixFilePermissions(
        folder.resolve("tidegate"), PosixFilePermissions.fromString("rwx------"));
    Files.writeString(folder.resolve("pom.xml"), "");
    Path target = Files.createDirectories(folder.resolve("local/target"));
    Files.writeString(folder.resolve("local/pom.xml"), "");
    Path copies = Files.createDirectories(target.resolve("run/1"));
    Path own = Files.writeString(copies.resolve("own.jar"), "");
    Files.writeString(copies.resolve("classpath"), own.toString());
    Files.writeString(target.resolve("libraries"), own.toString());
    Path built = Files.writeString(target.resolve("built"), copies.toString());
    Files.setLastModifiedTime(built, FileTime.from(Instant.now().plusSeconds(60)));

    Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
    Files.writeString(java, "#!/bin/sh\necho \"$CLASSPATH\"\necho \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));

    jars = Files.createDirectory(folder.resolve("my jars"));
    Files.writeString(jars.resolve("a.jar"), "");
    Files.writeString(jars.resolve("b c.jar"), "");
    Files.writeString(jars.resolve("notes.txt"), "");
  }

  @Test
  void jarsOfSourcesStandOnTheClassPathBehindTidegatesOwn() throws IOException {
    String own = folder.resolve("local/target/run/1/own.jar").toString();
    assertThat(run("").lines().get(0)).isEqualTo(own);

    Path a = jars.resolve("a.jar");
    for (String written : new String[] {jars.toString(), jars + "/", jars + "/*"}) {
      Command.Result result = run(a + ":" + written);
      assertThat(result.lines().get(0))
          .isEqualTo(
              String.join(
                  ":",
                  own,
                  a.toString(),
                  jars.resolve("a.jar").toString(),
                  jars.resolve("b c.jar").toString()));
      assertThat(result.output()).contains("dev.tidegate.local.command.Tidegate status");
    }
  }

  @Test
  void jarsThatAreNotThereAreToldBeforeAnythingStarts() throws IOException {
    assertThat(run(folder.resolve("none.jar").toString()))
        .satisfies(result -> assertThat(result.exitCode()).isEqualTo(1))
        .satisfies(
            result ->
                assertThat(result.errors())
                    .isEqualTo(
                        "tidegate: TIDEGATE_CLASSPATH names %s/none.jar, which is not there.\n"
                            .formatted(folder)));
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(run(empty.toString()).errors())
        .isEqualTo(
            "tidegate: TIDEGATE_CLASSPATH names %s, a folder without a .jar file.\n"
                .formatted(empty));
  }

  /** The stand-in for Java prints its arguments; a terminal is what {@code script} makes. */
  @Test
  void longListsGoThroughThePagerOfATerminalOnly() throws IOException {
    Command.assumeInstalled("script");
    assertThat(onTerminal("tr a-z A-Z", "sql 'select 1'")).contains("TIDEGATE SQL SELECT 1");
    assertThat(onTerminal("tr a-z A-Z", "event list --limit 3")).contains("TIDEGATE EVENT LIST");
    assertThat(onTerminal("tr a-z A-Z", "sql --no-pager 'select 1'")).contains("Tidegate sql");
    assertThat(onTerminal("tr a-z A-Z", "status")).contains("Tidegate status");
    assertThat(onTerminal("", "sql 'select 1'")).contains("Tidegate sql select 1");
    assertThat(
            Command.in(folder)
                .with("JAVA_HOME", folder.resolve("jdk").toString())
                .with("PAGER", "tr a-z A-Z")
                .run(folder.resolve("tidegate").toString(), "sql", "select 1")
                .output())
        .contains("Tidegate sql select 1");
  }

  @Test
  void aPagerTakesNoFailureAway() throws IOException {
    Command.assumeInstalled("script");
    Files.writeString(folder.resolve("jdk/bin/java"), "#!/bin/sh\nexit 3\n");
    assertThat(onTerminal("cat -", "sql 'select 1' || echo failed with $?"))
        .contains("failed with 3");
  }

  private String onTerminal(String pager, String arguments) {
    return Command.in(folder)
        .with("JAVA_HOME", folder.resolve("jdk").toString())
        .with("PAGER", pager)
        .run("script", "-qec", "stty cols 100; ./tidegate " + arguments, "/dev/null")
        .output();
  }

  private Command.Result run(String classPath) throws IOException {
    return Command.in(folder)
        .with("JAVA_HOME", folder.resolve("jdk").toString())
        .with("TIDEGATE_CLASSPATH", classPath)
        .run(folder.resolve("tidegate").toString(), "status");
  }
}
