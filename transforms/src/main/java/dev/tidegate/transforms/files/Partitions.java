package dev.tidegate.transforms.files;

import dev.tidegate.schemas.Sha256;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Partition paths, Hive's way. */
public final class Partitions {
  /** What a tenant's folder begins with. */
  private static final String TENANT = "tenant=";

  /** What file systems take as a name, less {@code tenant=}. */
  private static final int MAX_NAME_LENGTH = 255 - TENANT.length();

  private Partitions() {}

  /** {@code DAYCOLUMN=2026-01-31/tenant=NAME}, see {@link #ofTenant}. */
  static String ofDayAndTenant(String dayColumn, Instant time, String tenantId) {
    return "%s=%s/%s"
        .formatted(dayColumn, LocalDate.ofInstant(time, ZoneOffset.UTC), ofTenant(tenantId));
  }

  /**
   * {@code tenant=NAME}. The tenant is percent-encoded: it becomes one folder, whatever it holds.
   * Where that is too long for a file system, the folder is named by {@code ~} and the tenant's
   * SHA-256 instead; the tenant itself stands in each row.
   */
  public static String ofTenant(String tenantId) {
    // Encoded by hand are the two names that URLEncoder leaves alone and file systems do not.
    String tenant =
        URLEncoder.encode(tenantId, StandardCharsets.UTF_8)
            .replace("+", "%20")
            .replace("*", "%2A")
            .replace(".", "%2E");
    if (tenant.length() > MAX_NAME_LENGTH) {
      // No encoded name holds a tilde.
      tenant = "~" + Sha256.hexOf(tenantId.getBytes(StandardCharsets.UTF_8));
    }
    return TENANT + tenant;
  }
}
