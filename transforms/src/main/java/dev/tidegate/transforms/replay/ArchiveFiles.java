package dev.tidegate.transforms.replay;

import dev.tidegate.transforms.files.Partitions;
import dev.tidegate.transforms.files.RawEventFormat;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;

/** The files of an archive that may hold wanted events, by the names of their partitions. */
final class ArchiveFiles {
  static final String COMPRESSED = ".gz";

  private static final Pattern PARTITION =
      Pattern.compile(".*/received_date=([0-9-]+)/(tenant=[^/]+)/[^/]+\\.ndjson(\\.gz)?");

  private ArchiveFiles() {}

  /**
   * The files' names, sorted; none where there is no archive.
   *
   * @param folder the file archive's folder, on any file system that Beam reads
   */
  static List<String> in(String folder, ReplayFilter filter) throws IOException {
    String pattern =
        folder.replaceFirst("/+$", "")
            + "/"
            + RawEventFormat.TABLE
            + "/received_date=*/tenant=*/*.ndjson*";
    Set<String> tenantFolders =
        filter.tenants().stream().map(Partitions::ofTenant).collect(Collectors.toSet());
    TreeSet<String> files = new TreeSet<>();
    for (MatchResult.Metadata file :
        FileSystems.match(pattern, EmptyMatchTreatment.ALLOW).metadata()) {
      String name = file.resourceId().toString();
      Matcher partition = PARTITION.matcher(name);
      if (partition.matches()
          && filter.received().touches(dayOf(partition.group(1)))
          && (tenantFolders.isEmpty() || tenantFolders.contains(partition.group(2)))) {
        files.add(name);
      }
    }
    // A file and its compressed copy lie side by side for a moment.
    files.removeIf(name -> files.contains(name + COMPRESSED));
    return List.copyOf(files);
  }

  private static LocalDate dayOf(String text) throws IOException {
    try {
      return LocalDate.parse(text);
    } catch (DateTimeException notADay) {
      throw new IOException("not a day of the archive: received_date=" + text, notADay);
    }
  }
}
