package dev.tidegate.templates;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The page of options says what the code does. */
class OptionsPageTest {
  @Test
  void isUpToDate() throws IOException {
    CommittedFile.isUpToDate(
        "docs/options.md",
        OptionsPage.text(),
        "An option came, went or changed, and its page does not say so.",
        OptionsPageTest.class);
  }
}
