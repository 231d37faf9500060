package dev.tidegate.transforms.files;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Partition paths, Hive's way. */
final class Partitions {
  private Partitions() {}

  /**
   * {@code DAYCOLUMN=2026-01-31/tenant=NAME}. The tenant is percent-encoded: it becomes one folder,
   * whatever it holds.
   */
  static String ofDayAndTenant(String dayColumn, Instant time, String tenantId) {
    // Encoded by hand are the two names that URLEncoder leaves alone and file systems do not.
    String tenant =
        URLEncoder.encode(tenantId, StandardCharsets.UTF_8)
            .replace("+", "%20")
            .replace("*", "%2A")
            .replace(".", "%2E");
    return "%s=%s/tenant=%s"
        .formatted(dayColumn, LocalDate.ofInstant(time, ZoneOffset.UTC), tenant);
  }
}
