package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DisplayTextTest {
  @Test
  void nothingThatActsOnATerminalStays() {
    assertThat(DisplayText.escaped("a\u001b[31mred\u0007\r\n\tb\u009b1m\u007f"))
        .isEqualTo("a\\u001b[31mred\\u0007\\r\\n\\tb\\u009b1m\\u007f");
    assertThat(DisplayText.escaped("\u202Egnp.exe \u2028 \ud800"))
        .isEqualTo("\\u202egnp.exe \\u2028 \\ud800");
  }

  @Test
  void everyOtherTextStaysAsItIs() {
    String text = "Zürich \\n 港 👩‍🚀 é";
    assertThat(DisplayText.escaped(text)).isSameAs(text);
  }

  @Test
  void widthCountsColumnsNotCharacters() {
    assertThat(DisplayText.width("abc")).isEqualTo(3);
    assertThat(DisplayText.width("港口")).isEqualTo(4);
    assertThat(DisplayText.width("e\u0301")).isEqualTo(1);
    assertThat(DisplayText.width("🚢")).isEqualTo(2);
  }

  @Test
  void longTextIsCutWithAnEllipsisAndNeverWithinACharacter() {
    assertThat(DisplayText.cut("abcdef", 6)).isEqualTo("abcdef");
    assertThat(DisplayText.cut("abcdefg", 6)).isEqualTo("abcde…");
    assertThat(DisplayText.cut("港口港口", 6)).isEqualTo("港口…");
    assertThat(DisplayText.cut("a🚢🚢🚢", 4)).isEqualTo("a🚢…");
  }
}
