package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarLongCoder;
import org.apache.beam.sdk.transforms.Count;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.Sample;
import org.apache.beam.sdk.transforms.Top;
import org.apache.beam.sdk.transforms.View;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionView;
import org.apache.beam.sdk.values.PDone;
import org.apache.beam.sdk.values.TypeDescriptors;

/**
 * Tells what a replay would send, and sends nothing: how many events, of which sources and types,
 * and a few of them by identity. No payload is shown.
 */
public final class PreviewReplay extends PTransform<PCollection<RawEvent>, PDone> {
  private static final long serialVersionUID = 1L;

  /** Types shown, the most frequent ones. */
  static final int MOST_TYPES = 20;

  /** Events shown. */
  static final int SAMPLE = 10;

  private final Receiver receiver;

  private PreviewReplay(Receiver receiver) {
    this.receiver = receiver;
  }

  /** Gives the preview to {@code receiver}, once. */
  public static PreviewReplay to(Receiver receiver) {
    return new PreviewReplay(receiver);
  }

  /** Takes a preview, on the worker that made it. */
  @FunctionalInterface
  public interface Receiver extends Serializable {
    /**
     * @param text for people, of several lines
     */
    void receive(String text);
  }

  @Override
  public PDone expand(PCollection<RawEvent> events) {
    PCollectionView<List<KV<String, Long>>> types =
        events
            .apply("TypeOf", MapElements.into(TypeDescriptors.strings()).via(PreviewReplay::typeOf))
            .setCoder(StringUtf8Coder.of())
            .apply("CountTypes", Count.perElement())
            .setCoder(KvCoder.of(StringUtf8Coder.of(), VarLongCoder.of()))
            .apply("TopTypes", Top.of(MOST_TYPES, new ByCountThenName()))
            .apply("Types", View.asSingleton());
    PCollectionView<List<String>> sample =
        events
            .apply("Sample", Sample.any(SAMPLE))
            .apply(
                "Describe", MapElements.into(TypeDescriptors.strings()).via(PreviewReplay::lineOf))
            .setCoder(StringUtf8Coder.of())
            .apply("Sampled", View.asList());
    events
        .apply("Count", Count.globally())
        .apply("Show", ParDo.of(new ShowFn(receiver, types, sample)).withSideInputs(types, sample));
    return PDone.in(events.getPipeline());
  }

  private static String typeOf(RawEvent event) {
    return event.source() + " " + event.eventType().orElse("(no type)");
  }

  private static String lineOf(RawEvent event) {
    return String.join(
        "  ",
        event.receivedAt().toString(),
        event.tenantId(),
        event.source(),
        event.eventType().orElse("(no type)"),
        event.identity());
  }

  /** The most frequent first; what is equally frequent in the order of names. */
  private static final class ByCountThenName implements Comparator<KV<String, Long>>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(KV<String, Long> first, KV<String, Long> second) {
      int byCount = Long.compare(first.getValue(), second.getValue());
      return byCount != 0 ? byCount : second.getKey().compareTo(first.getKey());
    }
  }

  private static final class ShowFn extends DoFn<Long, Void> {
    private static final long serialVersionUID = 1L;

    private final Receiver receiver;
    private final PCollectionView<List<KV<String, Long>>> types;
    private final PCollectionView<List<String>> sample;

    ShowFn(
        Receiver receiver,
        PCollectionView<List<KV<String, Long>>> types,
        PCollectionView<List<String>> sample) {
      this.receiver = receiver;
      this.types = types;
      this.sample = sample;
    }

    @ProcessElement
    public void process(ProcessContext context) {
      long count = context.element();
      StringBuilder text = new StringBuilder(plural(count, "event")).append(" would be replayed");
      long others = count;
      for (KV<String, Long> type : context.sideInput(types)) {
        others -= type.getValue();
        appendCount(text, type.getValue(), type.getKey());
      }
      if (others > 0) {
        appendCount(text, others, "(other types)");
      }
      List<String> lines = new ArrayList<>(context.sideInput(sample));
      if (!lines.isEmpty()) {
        text.append("\n\nsuch as these (received, tenant, source, type, notification ID):");
        lines.stream().sorted().forEach(line -> text.append("\n  ").append(line));
      }
      receiver.receive(text.toString());
    }

    private static void appendCount(StringBuilder text, long count, String name) {
      text.append(String.format(Locale.ROOT, "%n%,10d  %s", count, name));
    }

    private static String plural(long count, String noun) {
      return String.format(Locale.ROOT, "%,d %s%s", count, noun, count == 1 ? "" : "s");
    }
  }
}
