package dev.tidegate.local.infrastructure;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the pages for platform engineers and operators tell them to type. */
public final class PageCommands {
  static final List<Path> PAGES =
      List.of(
          Repository.LAUNCHING_PAGE,
          Repository.INFRASTRUCTURE_PAGE,
          Repository.OPERATIONS_PAGE,
          Repository.ALERTS_PAGE);

  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```sh\n(.*?)^ *```$");
  private static final Pattern VARIABLE = Pattern.compile("\\$([A-Z_]+)");
  private static final Pattern EXPORTED = Pattern.compile("export ([A-Z_]+)=");

  /** Up to the end of the line, the code, the substitution, a redirection or a comment. */
  private static final Pattern TIDEGATE =
      Pattern.compile(
          "(?m)(?:(?<=\\./)|^ *(?:Example: )?|(?<=[|(] ?)|(?<=xargs ))tidegate ((?:\"[^\"\\n"
              + "]*\"|[^\"`)|<>\\n"
              + "#])+)");

  private PageCommands() {}

  /** Every command of every page, each on one line. */
  static List<String> all() throws IOException {
    List<String> commands = new ArrayList<>();
    for (Path page : PAGES) {
      Matcher block = BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        block
            .group(1)
            .replaceAll("\\\\\n *", "")
            .lines()
            .map(line -> line.strip().replaceFirst(" # .*$", ""))
            .filter(line -> !line.isEmpty())
            .forEach(commands::add);
      }
    }
    return commands;
  }

  /** Those that begin so. */
  static List<String> startingWith(String word) throws IOException {
    return all().stream().filter(command -> command.startsWith(word)).toList();
  }

  /** README.md and all of the folder docs. */
  static List<Path> everyPage() throws IOException {
    try (Stream<Path> pages = Files.walk(Repository.ROOT.resolve("docs"))) {
      return Stream.concat(Stream.of(Repository.ROOT.resolve("README.md")), pages)
          .filter(path -> path.toString().endsWith(".md"))
          .toList();
    }
  }

  /** Every {@code ./tidegate …} on any page, in blocks and in sentences, without its first word. */
  static List<String> ofTidegate() throws IOException {
    List<String> commands = new ArrayList<>();
    for (Path page : everyPage()) {
      commands.addAll(ofTidegate(Files.readString(page)));
    }
    // What stands for something is no command, and one word may only name one.
    commands.removeIf(command -> command.matches(".*(…|\\\\\\|).*|\\S+"));
    return commands;
  }

  /** Every command of Tidegate's in a text. */
  public static List<String> ofTidegate(String text) {
    return TIDEGATE
        .matcher(text)
        .results()
        // What a pipe gives to xargs stands at the end.
        .map(
            command ->
                command.group(1).strip()
                    + (text.startsWith("xargs ", command.start() - 6) ? " ID" : ""))
        .toList();
  }

  /** A shell's words. */
  public static String[] words(String command) {
    return Pattern.compile("(?:\"[^\"]*\"|'[^']*'|[^\\s\"'])+")
        .matcher(command)
        .results()
        .map(word -> word.group().replaceAll("\"([^\"]*)\"|'([^']*)'", "$1$2"))
        .toArray(String[]::new);
  }

  /** The shell's variables that commands use. */
  static Set<String> variables() throws IOException {
    return found(VARIABLE);
  }

  /** The shell's variables that the pages say how to set. */
  static Set<String> exported() throws IOException {
    return found(EXPORTED);
  }

  private static Set<String> found(Pattern pattern) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String command : all()) {
      Matcher name = pattern.matcher(command);
      while (name.find()) {
        names.add(name.group(1));
      }
    }
    return names;
  }

  /** A shell in which those variables have values that could be, and the files are there. */
  static Command shell(Path folder) throws IOException {
    Files.writeString(folder.resolve("parameters"), ScriptArguments.PARAMETERS);
    Files.writeString(folder.resolve("replay-parameters"), "jdbcUsername=tidegate\n");
    for (String secret : List.of("password", "new-password", "new-secret")) {
      Files.writeString(folder.resolve(secret), "secret");
    }
    return Command.in(folder)
        .with("PROJECT", "p-123")
        .with("REGION", "europe-west1")
        .with("JOB", "tidegate-events")
        .with("JOB_ID", "2026-01-31_04_00_00-123")
        .with("VERSION", "1.2.0")
        .with("IMAGES", "europe-west1-docker.pkg.dev/p-123/images")
        .with("TEMPLATES", "gs://templates")
        .with("TEMPORARY", "gs://temporary")
        .with("PIPELINE", "pipeline@p-123.iam.gserviceaccount.com")
        .with("TOPIC", "projects/p-123/topics/tidegate-events")
        .with("SUBSCRIPTION", "projects/p-123/subscriptions/tidegate-events-pipeline")
        .with("PASSWORD", "tidegate-database-password");
  }

  /** The words of a command that only runs in that shell. */
  static List<String> inShell(String command) {
    return List.of("bash", "-uc", command.replaceFirst("^scripts/", Repository.SCRIPTS + "/"));
  }
}
