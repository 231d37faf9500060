package dev.tidegate.transforms.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionsTest {
  private static final List<String> HOSTILE =
      List.of(
          "../../etc",
          "a/b",
          "a\\b",
          ".",
          "..",
          "...",
          "",
          " ",
          "%",
          "%2E",
          "%2E%2E",
          "a=b",
          "~",
          "*",
          "+",
          "a b",
          "a+b",
          "ü",
          "\uD83D\uDE00",
          "C:",
          "a\0b",
          "a\nb",
          "tenant=x",
          "-",
          "con",
          "\uD83D\uDE00".repeat(200),
          "\uD83D\uDE00".repeat(199),
          "\uFF21".repeat(200),
          "%".repeat(200),
          "x".repeat(200),
          "x".repeat(247),
          "x".repeat(248),
          "x".repeat(1024));

  private static String partitionOf(String tenant) {
    return Partitions.ofDayAndTenant(
        "received_date", Instant.parse("2026-03-01T23:59:59.999999Z"), tenant);
  }

  @Test
  void dayIsThatOfUtc() {
    assertThat(partitionOf("acme")).isEqualTo("received_date=2026-03-01/tenant=acme");
  }

  @Test
  void everyTenantIsOneFolderBelowItsDay(@TempDir Path archive) throws IOException {
    for (String tenant : HOSTILE) {
      Path partition = archive.resolve(partitionOf(tenant));
      assertThat(partition.normalize()).as(tenant).isEqualTo(partition);
      assertThat(partition.getParent()).isEqualTo(archive.resolve("received_date=2026-03-01"));
      Files.createDirectories(partition);
      assertThat(partition.toRealPath().getParent().getParent())
          .as(tenant)
          .isEqualTo(archive.toRealPath());
    }
  }

  @Test
  void noTwoTenantsShareAFolder() {
    Set<String> folders = new HashSet<>();
    for (String tenant : HOSTILE) {
      assertThat(folders.add(partitionOf(tenant))).as(tenant).isTrue();
    }
  }

  @Test
  void longNameIsReplacedByItsHash() {
    assertThat(partitionOf("\uFF21".repeat(200)))
        .matches("received_date=2026-03-01/tenant=~[0-9a-f]{64}");
    assertThat(partitionOf("x".repeat(248)).toLowerCase(Locale.ROOT)).endsWith("x");
    assertThat(partitionOf("x".repeat(249))).contains("tenant=~");
  }
}
