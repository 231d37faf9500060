package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.infrastructure.PageCommands;
import dev.tidegate.testing.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class TidegateTest {
  @TempDir private Path folder;

  private static final CommandLine COMMANDS = Tidegate.commandLine();

  static List<String> commands() {
    List<String> commands = new ArrayList<>();
    addCommands("", COMMANDS, commands);
    return commands;
  }

  private static void addCommands(String path, CommandLine parent, List<String> commands) {
    parent
        .getSubcommands()
        .forEach(
            (name, command) -> {
              // Another name of a command explains the same.
              if (name.equals(command.getCommandName())) {
                commands.add(path + name);
                addCommands(path + name + " ", command, commands);
              }
            });
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItselfWithAnExampleThatItTakes(String command) {
    CommandRun help = CommandRun.of((command + " --help").split(" "));
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).startsWith("Usage: tidegate " + command).contains("--verbose");
    List<String> examples = PageCommands.ofTidegate(footer(help).replaceAll("\\\\\n *", ""));
    assertThat(examples).isNotEmpty();
    for (String example : examples) {
      assertThatCode(() -> Tidegate.commandLine().parseArgs(PageCommands.words(example)))
          .as(example)
          .doesNotThrowAnyException();
    }

    CommandRun version = CommandRun.of((command + " --version").split(" "));
    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).startsWith("Tidegate ");
  }

  /** Every terminal has eighty columns. Examples that were broken could not be copied. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyHelpFitsEightyColumnsAndCutsNoWord(String command) {
    CommandLine commandLine = COMMANDS;
    for (String name : command.split(" ")) {
      commandLine = commandLine.getSubcommands().get(name);
    }
    String help = commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF);
    assertThat(help.lines()).allMatch(line -> line.length() <= 80);

    CommandSpec spec = commandLine.getCommandSpec();
    List<String> texts = new ArrayList<>(List.of(spec.usageMessage().description()));
    texts.addAll(List.of(spec.usageMessage().footer()));
    spec.args().forEach(argument -> texts.addAll(List.of(argument.renderedDescription())));
    spec.subcommands()
        .values()
        .forEach(each -> texts.add(each.getCommandSpec().usageMessage().description()[0]));
    Set<String> shown = new TreeSet<>(words(help));
    texts.forEach(text -> assertThat(shown).as(text).containsAll(words(text)));
    assertThat(help.lines().toList())
        .containsAll(
            Stream.of(spec.usageMessage().footer()).filter(line -> line.startsWith("  ")).toList());
  }

  private static List<String> words(String text) {
    return Stream.of(text.split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }

  @Test
  void aWordThatIsNoCommandIsToldWithTheNearestAndAllThereAre() {
    CommandRun run = CommandRun.of("statsu");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .startsWith(
            "tidegate: No command 'statsu'. Did you mean 'status'?\nThe commands are: up, status,")
        .contains("completion\n")
        .endsWith("Try 'tidegate --help' for what it takes.\n");
    assertThat(run.err().lines()).allMatch(line -> line.length() <= 80);
    assertThat(CommandRun.of("event", "lst", "--limit", "3").err())
        .contains("No command 'event lst'. Did you mean 'list'?");
    assertThat(CommandRun.of("xyzzy").err())
        .startsWith("tidegate: No command 'xyzzy'.\n")
        .doesNotContain("Did you mean");
    assertThat(CommandRun.of("status", "what").err()).contains("Unmatched argument");
  }

  private static String footer(CommandRun help) {
    return help.out().substring(help.out().lastIndexOf("Example"));
  }

  @Test
  void bashTakesTheCompletion() throws Exception {
    Command.assumeInstalled("bash");
    CommandRun completion = CommandRun.of("completion");
    Path script = Files.writeString(folder.resolve("completion"), completion.out());
    assertThat(
            Command.in(folder)
                .run("bash", "-c", "source %s && complete -p tidegate".formatted(script))
                .lines())
        .singleElement()
        .asString()
        .contains("_complete_tidegate");
    assertThat(completion.out()).contains("discard", "forward-to").doesNotContain("\r");
  }

  @Test
  void whereNoGatewayIsKnownAllWaysToNameOneAreSaid() {
    CommandRun run = CommandRun.with(Map.of("XDG_CONFIG_HOME", folder.toString()), "event", "list");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("./tidegate up", "--data", "login", "--gateway-url", "--profile")
        .contains("TIDEGATE_GATEWAY_URL", "TIDEGATE_TOKEN")
        .hasLineCount(1);
    CommandRun doctor =
        CommandRun.with(Map.of("XDG_CONFIG_HOME", folder.toString()), "doctor", "-o", "ndjson");
    assertThat(doctor.exitCode()).isEqualTo(1);
    assertThat(doctor.out()).contains("\"check\":\"gateway\",\"result\":\"ERROR\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:8080", "ftp://host", "http://me:secret@host", "http://"})
  void aGatewaysUrlIsOneOfHttp(String url) {
    CommandRun run = CommandRun.of("whoami", "--gateway-url", url);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("A gateway's URL is");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nosuch",
        "send",
        "sql --output xml x",
        "send --rate 0 x",
        "send - x",
        "replay",
        "replay start",
        "replay start --from archives",
        "replay start --from archive --rate 0",
        "event",
        "event list --status LOST",
        "trigger",
        "trigger nosuch",
        "listen --forward-to nowhere",
        "logs -n -1",
        "migrate",
        "migrate --jdbc-url jdbc:postgresql://localhost/tidegate"
      })
  void mistakesInUsageExitWith2AndNameTheHelp(String arguments) {
    CommandRun run = CommandRun.of(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("tidegate: ").contains("--help");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sql x", "status", "replay start --from archive", "env", "token"})
  void withoutASystemOneLineSaysHowToStartOne(String arguments) {
    String[] words = (arguments + " --data " + folder).split(" ", -1);
    CommandRun run = CommandRun.of(words);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            "tidegate: No Tidegate runs on "
                + folder
                + ". Start one with ./tidegate up, or name its folder with --data\n");
  }

  @Test
  void aStackTraceIsShownOnRequestOnly() {
    CommandRun run = CommandRun.of("status", "--verbose", "--data", folder.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("\tat dev.tidegate.local.command.");
  }

  @Test
  void aDamagedAnnouncementIsSaidToBe() throws Exception {
    Files.writeString(folder.resolve("running.json"), "{");
    CommandRun run = CommandRun.of("status", "--data", folder.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("cannot be read").hasLineCount(1);
  }

  @Test
  void whatCannotBeReachedIsSaidSectionBySection() throws Exception {
    // Port 1 is reserved: nothing listens there.
    new RunningSystem(
            ProcessHandle.current().pid(),
            "localhost:1",
            "local-dev",
            "events",
            "tidegate",
            "jdbc:postgresql://localhost:1/postgres",
            "postgres",
            folder.toString(),
            "http://localhost:1",
            List.of())
        .announce(folder);
    CommandRun status = CommandRun.of("status", "--data", folder.toString());
    assertThat(status.exitCode()).isEqualTo(1);
    assertThat(status.out())
        .contains("Pipeline\n  not available: The gateway at http://localhost:1 cannot be reached")
        .contains("Ledger\n  not available: PostgreSQL at jdbc:postgresql://localhost:1");

    CommandRun sql = CommandRun.of("sql", "select 1", "--data", folder.toString());
    assertThat(sql.exitCode()).isEqualTo(1);
    assertThat(sql.err()).contains("TIDEGATE_JDBC_PASSWORD").hasLineCount(1);
  }
}
