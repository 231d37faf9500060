package dev.tidegate.transforms.replay;

import dev.tidegate.transforms.files.RawEventFormat;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;

/** The files of {@code raw_events} in a file archive, chosen by the days they are named after. */
final class ArchiveFiles {
  static final String COMPRESSED = ".gz";

  private static final Pattern DAY =
      Pattern.compile(".*/received_date=([0-9-]+)/[^/]+\\.ndjson(\\.gz)?");

  private ArchiveFiles() {}

  /**
   * The names of the files of {@code received}'s days, sorted; none where there is no archive.
   *
   * @param folder the file archive's folder, on any file system that Beam reads
   */
  static List<String> in(String folder, TimeRange received) throws IOException {
    String pattern =
        "%s/%s/received_date=*/*.ndjson*"
            .formatted(folder.replaceFirst("/+$", ""), RawEventFormat.TABLE);
    TreeSet<String> files = new TreeSet<>();
    for (MatchResult.Metadata file :
        FileSystems.match(pattern, EmptyMatchTreatment.ALLOW).metadata()) {
      String name = file.resourceId().toString();
      Matcher day = DAY.matcher(name);
      if (day.matches() && received.touches(dayOf(day.group(1)))) {
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
