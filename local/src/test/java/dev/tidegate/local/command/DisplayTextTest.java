package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DisplayTextTest {
  @Test
  void nothingThatActsOnATerminalStays() {
    assertThat(DisplayText.escaped("a\u001b[31mred\u0007\r\n\tb\u009b1m\u007f"))
        .isEqualTo("a\\u001b[31mred\\u0007\\r\\n\\tb\\u009b1m\\u007f");
    assertThat(DisplayText.escaped("\u202Egnp.exe \u2028 \ud800"))
        .isEqualTo("\\u202egnp.exe \\u2028 \\ud800");
  }

  /** A soft hyphen, fillers, joiners, marks, odd spaces, private, unassigned, tags, selectors. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        0x00, 0x85, 0x9B, 0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x1680, 0x180E, 0x2000, 0x2007, 0x200B,
        0x200D, 0x200E, 0x2028, 0x2029, 0x202E, 0x202F, 0x205F, 0x2060, 0x2063, 0x2066, 0x2800,
        0x3000, 0x3164, 0xE000, 0xFDD0, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFF, 0x1BCA0, 0x1D173,
        0xE0001, 0xE0041, 0xE0101, 0xF0000, 0x10FFFF
      })
  void nothingStaysThatAReaderCouldNotSee(int character) throws Exception {
    String text = "a" + Character.toString(character) + "b";
    assertThat(DisplayText.escaped(text)).matches("a(\\\\u[0-9a-f]{4}){1,2}b");
    String json = DisplayText.escapedJson("{\n\t\"x\": \"" + text.replace("\0", "\\u0000") + "\"}");
    assertThat(json).matches("\\{\n\t\"x\": \"a(\\\\u[0-9a-f]{4}){1,2}b\"}");
    assertThat(Json.mapper().readTree(json).path("x").asText()).isEqualTo(text);
  }

  @Test
  void everyOtherTextStaysAsItIs() {
    String text = "Zürich \\n 港 👩🚀 é e\u0301 العربية ไทย";
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
