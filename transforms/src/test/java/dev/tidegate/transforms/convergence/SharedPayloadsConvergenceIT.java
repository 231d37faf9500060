package dev.tidegate.transforms.convergence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.terminal49.SharedPayloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Promise 2 of docs/design.md over all of the {@link SharedPayloads} at once. */
class SharedPayloadsConvergenceIT {
  static final TestDatabase DATABASE = TestDatabase.create();

  private static final int ORDERS = 25;

  @Test
  void tablesAreAFunctionOfTheSetOfPayloads() throws IOException, SQLException {
    List<Message> messages = new ArrayList<>();
    for (Path file : SharedPayloads.files()) {
      messages.add(new Message(file.getFileName().toString(), Files.readString(file)));
    }
    Random random = new Random(49);
    List<DeliveryOrder> orders =
        Stream.generate(() -> DeliveryOrder.random(messages, random)).limit(ORDERS).toList();
    try (ConvergenceCheck check = new ConvergenceCheck(DATABASE)) {
      check.assertConverges(messages, orders);
      System.out.println("Convergence of the shared payloads: " + check.counts());
      assertThat(check.counts().rejected).isZero();
    }
  }
}
