package dev.tidegate.transforms.replay;

import com.fasterxml.jackson.core.JsonParser;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.ReplayAttributes;
import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.ArchivedEvent;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.Compression;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.FlatMapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.ProcessFunction;
import org.apache.beam.sdk.transforms.Reshuffle;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads events out of a file archive, while the pipeline may be writing there: a last line without
 * its end is left out, and so is what arrives after the files were listed.
 *
 * <p>Files are chosen by their day of receipt, and lines by their tenant. A line that holds no
 * event is damage: it is counted and logged by its place, and the rest is read, since this is the
 * only way back.
 */
public final class ReadArchiveFiles extends PTransform<PBegin, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private static final String COMPRESSED = ".gz";

  private static final Pattern DAY =
      Pattern.compile(".*/received_date=([0-9-]+)/[^/]+\\.ndjson(\\.gz)?");

  private final String folder;
  private final ReplayFilter filter;

  private ReadArchiveFiles(String folder, ReplayFilter filter) {
    this.folder = folder;
    this.filter = filter;
  }

  /**
   * Reads the archive in {@code folder}.
   *
   * @param folder a local one, or {@code gs://…}
   * @param filter its days and tenants are left to this; its other conditions are not
   */
  public static ReadArchiveFiles in(String folder, ReplayFilter filter) {
    return new ReadArchiveFiles(folder, filter);
  }

  @Override
  public PCollection<RawEvent> expand(PBegin begin) {
    TimeRange received = filter.received();
    ProcessFunction<String, List<String>> listing = name -> filesIn(name, received);
    return begin
        .apply("Folder", Create.of(folder))
        .apply("ListFiles", FlatMapElements.into(TypeDescriptors.strings()).via(listing))
        .apply("Spread", Reshuffle.viaRandomKey())
        .apply("ReadLines", ParDo.of(new ReadLinesFn(filter)))
        .setCoder(RawEventCoder.of());
  }

  /**
   * The names of the files of {@code received}'s days, sorted; none where there is no archive.
   *
   * @param folder the file archive's folder, on any file system that Beam reads
   */
  static List<String> filesIn(String folder, TimeRange received) throws IOException {
    String pattern =
        "%s/%s/received_date=*/*.ndjson*"
            .formatted(folder.replaceFirst("/+$", ""), ArchiveTable.RAW_EVENTS);
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

  private static final class ReadLinesFn extends DoFn<String, RawEvent> {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(ReadArchiveFiles.class);

    private final ReplayFilter filter;

    ReadLinesFn(ReplayFilter filter) {
      this.filter = filter;
    }

    @ProcessElement
    public void process(@Element String file, OutputReceiver<RawEvent> out) throws IOException {
      try (WholeLines lines = new WholeLines(open(file))) {
        long number = 0;
        Optional<byte[]> line;
        while ((line = lines.next()).isPresent()) {
          number++;
          if (!isOfWantedTenant(line.get())) {
            continue;
          }
          RawEvent event;
          try {
            event = ArchivedEvent.of(Json.parseRow(line.get()));
          } catch (IOException damaged) {
            PipelineMetrics.ARCHIVE_LINES_UNREADABLE.inc();
            LOG.error("line {} of {} is no row of the archive", number, file);
            continue;
          }
          out.output(ReplayAttributes.ofArchived(event));
        }
      }
    }

    /** Looks at a line's first columns: a replay of one tenant does not parse all bodies. */
    private boolean isOfWantedTenant(byte[] line) {
      if (filter.tenants().isEmpty()) {
        return true;
      }
      try (JsonParser row = Json.mapper().createParser(line)) {
        row.nextToken();
        String column;
        while ((column = row.nextFieldName()) != null) {
          row.nextToken();
          if (column.equals("tenant_id")) {
            return filter.tenants().contains(row.getText());
          }
          row.skipChildren();
        }
        return true;
      } catch (IOException damaged) {
        return true;
      }
    }

    /** The pipeline may have compressed the file since it was listed. */
    private static InputStream open(String file) throws IOException {
      try {
        return openAsIs(file);
      } catch (FileNotFoundException compressed) {
        if (file.endsWith(COMPRESSED)) {
          throw compressed;
        }
        return openAsIs(file + COMPRESSED);
      }
    }

    private static InputStream openAsIs(String file) throws IOException {
      return Channels.newInputStream(
          Compression.detect(file)
              .readDecompressed(FileSystems.open(FileSystems.matchNewResource(file, false))));
    }
  }
}
