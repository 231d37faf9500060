package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalOptionsTest {
  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "8,8", "64,8"})
  void parallelismFollowsTheCores(int cores, int parallelism) {
    assertThat(LocalOptions.parallelismFor(cores)).isEqualTo(parallelism);
  }
}
