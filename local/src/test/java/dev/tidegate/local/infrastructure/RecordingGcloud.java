package dev.tidegate.local.infrastructure;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A stand-in for gcloud: it records what it is asked, and answers what a test has laid out for it;
 * nothing, and with success, where there is no answer.
 */
final class RecordingGcloud {
  private static final String STAND_IN =
      """
      #!/usr/bin/env bash
      here=$(dirname "$0")
      calls=("$here"/calls/*)
      [[ -e ${calls[0]} ]] || calls=()
      printf '%s\\n' "$@" >"$here/calls/$((1000 + ${#calls[@]}))"
      for answer in "$here"/answers/*; do
        if [[ -e $answer && $* == "$(cat "$answer/to")"* ]]; then
          said=("$answer"/said.*)
          cat "${said[0]}"
          # The last one is said again and again.
          ((${#said[@]} == 1)) || rm "${said[0]}"
          exit "$(cat "$answer/exit")"
        fi
      done
      """;

  private final Path folder;
  private int answers;

  RecordingGcloud(Path temporary) throws IOException {
    folder = Files.createDirectories(temporary.resolve("stand-in"));
    Files.createDirectories(folder.resolve("calls"));
    Files.createDirectories(folder.resolve("answers"));
    Path program = folder.resolve("gcloud");
    Files.writeString(program, STAND_IN);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Lays out what is said to commands that begin so: one answer after the other. */
  RecordingGcloud answers(String command, String... said) throws IOException {
    return answers(command, 0, said);
  }

  RecordingGcloud fails(String command) throws IOException {
    return answers(command, 1, "");
  }

  private RecordingGcloud answers(String command, int exitCode, String... said) throws IOException {
    Path answer = Files.createDirectories(folder.resolve("answers/" + answers++));
    Files.writeString(answer.resolve("to"), command);
    Files.writeString(answer.resolve("exit"), Integer.toString(exitCode));
    for (int number = 0; number < said.length; number++) {
      Files.writeString(answer.resolve("said." + (1000 + number)), said[number] + "\n");
    }
    return this;
  }

  /** The calls since the beginning, each as its words. */
  List<List<String>> calls() throws IOException {
    List<List<String>> calls = new ArrayList<>();
    for (Path call : Repository.files(folder.resolve("calls"), "")) {
      calls.add(Files.readAllLines(call));
    }
    return calls;
  }

  List<String> lastCall() throws IOException {
    List<List<String>> calls = calls();
    return calls.get(calls.size() - 1);
  }

  void forget() throws IOException {
    for (Path call : Repository.files(folder.resolve("calls"), "")) {
      Files.delete(call);
    }
  }

  /** Runs one of the scripts with this gcloud. */
  Command.Result run(String script, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Repository.SCRIPTS.resolve(script).toString());
    words.addAll(Arrays.asList(arguments));
    return command().run(words);
  }

  /** What a person's shell does with lines that were pasted into it. */
  Command.Result paste(String lines) {
    return command().run(List.of("bash", "-c", lines));
  }

  private Command command() {
    return Command.in(folder)
        .with("PATH", folder + ":" + System.getenv("PATH"))
        .with("TIDEGATE_POLL_SECONDS", "0");
  }
}
