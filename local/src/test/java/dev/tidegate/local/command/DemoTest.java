package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoTest {
  private final Demo.Sent sent = new Demo.Sent();

  @Test
  void whatTheLedgerLacksIsExplained() {
    add("a", "1");
    add("b", "1");
    assertThat(sent.explanation(2))
        .isEqualTo("2 sent, 2 in the ledger, which has one entry for each notification ID.");
    add("a", "1");
    add("a", "2");
    sent.add(Optional.empty(), ByteString.EMPTY);
    sent.add(Optional.empty(), ByteString.EMPTY);
    assertThat(sent.explanation(4))
        .startsWith("6 sent, 4 in the ledger")
        .endsWith(
            ": 1 repeat (the same ID and body) was dropped,"
                + " 1 was a second body for an ID that was there already.");
    add("a", "2");
    add("b", "2");
    assertThat(sent.explanation(4))
        .contains("2 repeats (the same ID and body) were dropped")
        .contains("2 were second bodies for IDs that were there already")
        .doesNotContain("cannot be explained");
    assertThat(sent.explanation(3)).endsWith(", the other 1 cannot be explained.");
  }

  private void add(String id, String body) {
    sent.add(Optional.of(id), ByteString.copyFromUtf8(body));
  }
}
