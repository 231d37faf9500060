package dev.tidegate.local.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * A word that is no command.
 *
 * @param message names it, and the command that was probably meant
 * @param commands lines that list those there are
 */
record UnknownCommand(String message, List<String> commands) {
  private static final int LINE = 80;

  static UnknownCommand of(UnmatchedArgumentException mistake) {
    CommandSpec parent = mistake.getCommandLine().getCommandSpec();
    String word = mistake.getUnmatched().get(0);
    List<String> names = List.copyOf(parent.subcommands().keySet());
    String path = parent.qualifiedName().replaceFirst("^tidegate ?", "");
    String message = "No command '%s'.".formatted((path + " " + word).strip());
    return new UnknownCommand(
        nearest(word, names)
            .map(name -> "%s Did you mean '%s'?".formatted(message, name))
            .orElse(message),
        wrapped("The commands are: " + String.join(", ", names)));
  }

  /** The name with the fewest other letters, if these are a third of the word at the most. */
  private static Optional<String> nearest(String word, List<String> names) {
    LevenshteinDistance distance = new LevenshteinDistance();
    int fewest = Math.max(1, word.length() / 3) + 1;
    Optional<String> nearest = Optional.empty();
    for (String name : names) {
      int letters = distance.apply(word, name);
      if (letters < fewest || (nearest.isEmpty() && name.startsWith(word) && word.length() > 1)) {
        fewest = Math.min(fewest, letters);
        nearest = Optional.of(name);
      }
    }
    return nearest;
  }

  private static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    String rest = text;
    while (rest.length() > LINE) {
      int end = rest.lastIndexOf(' ', LINE);
      lines.add(rest.substring(0, end));
      rest = "  " + rest.substring(end + 1);
    }
    lines.add(rest);
    return lines;
  }
}
