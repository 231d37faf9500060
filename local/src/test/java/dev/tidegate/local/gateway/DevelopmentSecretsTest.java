package dev.tidegate.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevelopmentSecretsTest {
  @TempDir private Path folder;

  @Test
  void aSecondStartFindsTheSameSecrets() throws Exception {
    DevelopmentSecrets first = DevelopmentSecrets.in(folder);
    DevelopmentSecrets second = DevelopmentSecrets.in(folder);
    assertThat(second.terminal49()).isEqualTo(first.terminal49());
    assertThat(second.standard()).isEqualTo(first.standard());
    assertThat(second.tokenKey()).isEqualTo(first.tokenKey());
    assertThat(second.eventIdKey()).isEqualTo(first.eventIdKey());
    assertThat(
            Set.of(first.terminal49().text(), first.tokenKey().text(), first.eventIdKey().text()))
        .hasSize(3);
    assertThat(first.standard().text()).startsWith("whsec_");
  }

  @Test
  void anEmptyFileOfAStartThatWasCutOffIsFilled() throws Exception {
    Files.createDirectories(folder.resolve("gateway/secrets"));
    Files.createFile(folder.resolve("gateway/secrets/token-key"));
    Files.writeString(folder.resolve("gateway/secrets/event-id-key.tmp"), "half");
    DevelopmentSecrets secrets = DevelopmentSecrets.in(folder);
    assertThat(secrets.tokenKey().text()).hasSize(64);
    assertThat(secrets.eventIdKey().text()).hasSize(64);
  }

  @Test
  void onlyTheOwnerReadsThem() throws Exception {
    assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"), "POSIX only");
    Path secrets = DevelopmentSecrets.in(folder).terminal49File().getParent();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secrets)))
        .isEqualTo("rwx------");
    try (Stream<Path> list = Files.list(secrets)) {
      List<Path> files = list.toList();
      assertThat(files).hasSize(6);
      for (Path file : files) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo("rw-------");
      }
    }
  }
}
