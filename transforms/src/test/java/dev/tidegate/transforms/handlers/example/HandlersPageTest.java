package dev.tidegate.transforms.handlers.example;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/handlers.md} shows is code that compiles and is tested. */
class HandlersPageTest {
  private static final Path PAGE = Path.of("..", "docs", "handlers.md");
  private static final Pattern BLOCK =
      Pattern.compile("```(java|sql|json)\n(.*?)```", Pattern.DOTALL);

  @Test
  void everyBlockOfCodeIsPartOfTheExample() throws IOException {
    String example;
    try (Stream<Path> files = Files.walk(Path.of("src", "test"))) {
      example =
          files
              .filter(
                  file -> file.toString().matches(".*(handlers.example|json.warehouse).*[.]\\w+"))
              .map(HandlersPageTest::read)
              .collect(joining("\n"));
    }
    List<String> blocks =
        BLOCK.matcher(Files.readString(PAGE)).results().map(match -> match.group(2)).toList();

    assertThat(blocks).hasSizeGreaterThan(6);
    // The first is an event; the test of the handler sends it with its quotes escaped.
    assertThat(blocks.get(0))
        .isEqualTo("{\"parcel\": \"P-1\", \"shelf\": \"A4\", \"weight\": 2.50}\n");
    assertThat(blocks.subList(1, blocks.size())).allMatch(example::contains);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
