package dev.tidegate.gateway.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PubsubCircuitTest {
  private static final Exception FAILURE = new Exception("Pub/Sub is away");

  private final PubsubCircuit circuit = new PubsubCircuit(Duration.ofMinutes(1));

  @Test
  void oneFailedCallTellsNothingYet() {
    circuit.failed(FAILURE);
    assertThat(circuit.isOpen()).isFalse();
    assertThat(circuit.allows()).isTrue();
    for (int i = 0; i < 20; i++) {
      circuit.answered();
      circuit.answered();
      circuit.failed(FAILURE);
    }
    assertThat(circuit.isOpen()).isFalse();
  }

  @Test
  void itOpensWhenHalfOfTheLastCallsFailed() {
    for (int i = 0; i < 100; i++) {
      circuit.answered();
    }
    circuit.failed(FAILURE);
    circuit.failed(FAILURE);
    assertThat(circuit.isOpen()).isFalse();
    circuit.failed(FAILURE);
    assertThat(circuit.isOpen()).isTrue();
    assertThat(circuit.allows()).isFalse();
  }

  @Test
  void anAnswerClosesIt() {
    for (int i = 0; i < 3; i++) {
      circuit.failed(FAILURE);
    }
    assertThat(circuit.isOpen()).isTrue();
    circuit.answered();
    assertThat(circuit.isOpen()).isFalse();
    circuit.failed(FAILURE);
    assertThat(circuit.allows()).isTrue();
  }
}
