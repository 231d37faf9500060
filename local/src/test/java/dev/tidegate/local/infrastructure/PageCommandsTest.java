package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tidegate.local.command.Tidegate;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the pages tell people to type is there, and takes what they tell people to give it. */
class PageCommandsTest {
  /** gcloud's and psql's have tests of their own; the others are the machine's. */
  private static final Set<String> OTHERS =
      Set.of(
          "gcloud",
          "kubectl",
          "psql",
          "terraform",
          "source",
          "export",
          "grep",
          "openssl",
          "./mvnw");

  /** Sources, scripts and configuration, and nothing that a build at work writes. */
  private static final List<String> CITING =
      List.of(
          "schemas/src",
          "transforms/src",
          "pipeline/src",
          "pubsub/src",
          "gateway/src",
          "gateway/configuration.example.yaml",
          "local/src",
          "testing/src",
          "templates/src",
          "templates/terraform",
          "templates/parameters",
          "templates/grafana",
          "templates/flink/kubernetes",
          "scripts",
          ".github");

  @TempDir Path temporary;

  @Test
  void eachCommandIsOneThatATestKnows() throws IOException {
    assertThat(PageCommands.all())
        .hasSizeGreaterThan(40)
        .allSatisfy(
            command ->
                assertThat(command.split(" ", 2)[0])
                    .as(command)
                    .matches(
                        word ->
                            OTHERS.contains(word)
                                || word.equals("./tidegate")
                                || word.matches("scripts/[a-z-]+")));
  }

  @Test
  void eachScriptTakesWhatThePagesGiveIt() throws IOException {
    Command shell = PageCommands.shell(temporary);
    List<String> commands = PageCommands.startingWith("scripts/");
    assertThat(
            commands.stream().map(command -> command.split(" ", 2)[0]).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            "scripts/build-template",
            "scripts/launch",
            "scripts/update",
            "scripts/rollback",
            "scripts/drain",
            "scripts/status");
    for (String command : commands) {
      Command.Result result = shell.run(PageCommands.inShell(command + " --dry-run"));
      if (command.startsWith("scripts/build-template") && result.exitCode() == 2) {
        // Nothing has been packaged in a test; all other mistakes would be told with this one.
        assertThat(result.errors().lines().skip(1))
            .as(command)
            .allMatch(s -> s.contains("not there"));
      } else {
        assertThat(result.errors()).as(command).isEmpty();
        assertThat(result.exitCode()).as(command).isZero();
        // Where an earlier build has packaged the jar, it is copied beside the Dockerfile first.
        assertThat(result.lines())
            .as(command)
            .isNotEmpty()
            .allMatch(s -> s.matches("(gcloud|mkdir -p|cp) .*"));
      }
    }
  }

  @Test
  void eachTidegateCommandIsOneOfTheCommandLines() throws IOException {
    List<String> commands = PageCommands.ofTidegate();
    assertThat(commands).hasSizeGreaterThan(80);
    for (String command : commands) {
      assertThatCode(() -> Tidegate.commandLine().parseArgs(PageCommands.words(command)))
          .as(command)
          .doesNotThrowAnyException();
    }
  }

  @Test
  void eachParameterOfAReplayIsAnOptionOfIt() throws IOException {
    Set<String> options =
        Arrays.stream(ReplayPipelineOptions.class.getMethods())
            .map(method -> method.getName())
            .filter(name -> name.startsWith("get"))
            .map(name -> Character.toLowerCase(name.charAt(3)) + name.substring(4))
            .collect(Collectors.toCollection(TreeSet::new));
    Matcher parameter =
        Pattern.compile("--parameter ([A-Za-z]+)=")
            .matcher(String.join("\n", PageCommands.startingWith("scripts/launch replay")));
    Set<String> parameters = new TreeSet<>();
    while (parameter.find()) {
      parameters.add(parameter.group(1));
    }
    assertThat(parameters).contains("from", "output", "rate").isSubsetOf(options);
  }

  /** Terraform tells them, or the pages do. */
  @Test
  void eachVariableIsSetSomewhere() throws Exception {
    Set<String> set = new TreeSet<>(PageCommands.exported());
    Matcher output =
        Pattern.compile("(?m)^ +([A-Z]+) +=")
            .matcher(Files.readString(Repository.TERRAFORM.resolve("outputs.tf")));
    while (output.find()) {
      set.add(output.group(1));
    }
    // What scripts/status has just shown.
    set.add("JOB_ID");
    assertThat(set).containsAll(PageCommands.variables());
  }

  @Test
  void eachLinkAmongThePagesLeadsSomewhere() throws IOException {
    Pattern link = Pattern.compile("\\]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");
    int links = 0;
    for (Path page : PageCommands.everyPage()) {
      Matcher matcher = link.matcher(Files.readString(page));
      while (matcher.find()) {
        Path target =
            matcher.group(1).isEmpty() ? page : page.resolveSibling(matcher.group(1)).normalize();
        assertThat(target).as("%s links to it", page).exists();
        if (matcher.group(2) != null && target.toString().endsWith(".md")) {
          assertThat(anchors(target))
              .as("%s: %s", page, matcher.group())
              .contains(matcher.group(2));
        }
        links++;
      }
    }
    assertThat(links).isGreaterThan(300);
  }

  /** Code and configuration cite pages, such as "docs/design.md, promise 2". */
  @Test
  void eachPageThatIsCitedIsThere() throws IOException {
    Pattern citation =
        Pattern.compile(
            "(?<![\\w/.-])((?:docs/[\\w/-]+|[A-Z]+)\\.md)(?:#([\\w-]+)|, (promise \\d+)|, \"([^\"]+)\")?");
    int citations = 0;
    for (Path file : citingFiles()) {
      // A citation may go over two lines of a comment.
      String text = Files.readString(file).replaceAll("\\n *(\\*|//|#) ", " ");
      Matcher matcher = citation.matcher(text);
      while (matcher.find()) {
        Path page = Repository.ROOT.resolve(matcher.group(1));
        assertThat(page).as("%s cites %s", file, matcher.group()).exists();
        if (matcher.group(2) != null) {
          assertThat(anchors(page)).as("%s: %s", file, matcher.group()).contains(matcher.group(2));
        } else if (matcher.group(3) != null) {
          assertThat(anchors(page))
              .as("%s: %s", file, matcher.group())
              .anyMatch(
                  anchor -> anchor.startsWith(matcher.group(3).replace("promise ", "") + "-"));
        } else if (matcher.group(4) != null) {
          assertThat(anchors(page))
              .as("%s: %s", file, matcher.group())
              .contains(anchorOf(matcher.group(4)));
        }
        citations++;
      }
    }
    assertThat(citations).isGreaterThan(60);
  }

  private static List<Path> citingFiles() throws IOException {
    List<Path> citing = new ArrayList<>();
    for (String place : CITING) {
      try (Stream<Path> files = Files.walk(Repository.ROOT.resolve(place))) {
        files
            .filter(Files::isRegularFile)
            .filter(file -> !file.toString().contains("/src/test/resources/"))
            .forEach(citing::add);
      }
    }
    return citing;
  }

  private static Set<String> anchors(Path page) throws IOException {
    return Files.readString(page)
        .lines()
        .filter(line -> line.matches("#+ .*"))
        .map(line -> anchorOf(line.replaceFirst("#+ ", "")))
        .collect(Collectors.toSet());
  }

  private static String anchorOf(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-');
  }
}
