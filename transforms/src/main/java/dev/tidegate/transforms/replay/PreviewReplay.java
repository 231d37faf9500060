package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.RawEvent;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
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
 * Counts what a replay would send, and sends nothing: how many events, of which sources and types,
 * a few of them by identity, and which effects they may cause. No payload is shown.
 */
public final class PreviewReplay extends PTransform<PCollection<RawEvent>, PDone> {
  private static final long serialVersionUID = 1L;

  /** Types shown, the most frequent ones. */
  static final int MOST_TYPES = 20;

  /** Events shown. */
  static final int SAMPLE = 10;

  private final EffectMode effects;
  private final Receiver receiver;

  private PreviewReplay(EffectMode effects, Receiver receiver) {
    this.effects = effects;
    this.receiver = receiver;
  }

  /**
   * Gives the preview to {@code receiver}, once.
   *
   * @param effects which effects the events may cause
   */
  public static PreviewReplay of(EffectMode effects, Receiver receiver) {
    return new PreviewReplay(effects, receiver);
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
            .apply("CountTypes", Count.perElement())
            .apply("TopTypes", Top.of(MOST_TYPES, new KV.OrderByValue<String, Long>()))
            .apply("Types", View.asSingleton());
    PCollectionView<List<String>> sample =
        events
            .apply("Sample", Sample.any(SAMPLE))
            .apply(
                "Describe", MapElements.into(TypeDescriptors.strings()).via(PreviewReplay::lineOf))
            .apply("Sampled", View.asList());
    events
        .apply("Count", Count.globally())
        .apply("Show", ParDo.of(new ShowFn(this, types, sample)).withSideInputs(types, sample));
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

  private static final class ShowFn extends DoFn<Long, Void> {
    private static final long serialVersionUID = 1L;

    private final PreviewReplay preview;
    private final PCollectionView<List<KV<String, Long>>> types;
    private final PCollectionView<List<String>> sample;

    ShowFn(
        PreviewReplay preview,
        PCollectionView<List<KV<String, Long>>> types,
        PCollectionView<List<String>> sample) {
      this.preview = preview;
      this.types = types;
      this.sample = sample;
    }

    @ProcessElement
    public void process(ProcessContext context) {
      long count = context.element();
      StringBuilder text = new StringBuilder();
      text.append("%,d event%s would be replayed".formatted(count, count == 1 ? "" : "s"));
      long others = count;
      for (KV<String, Long> type : context.sideInput(types)) {
        others -= type.getValue();
        appendCount(text, type.getValue(), type.getKey());
      }
      if (others > 0) {
        appendCount(text, others, "(other types)");
      }
      if (count > 0) {
        text.append("\n\nsuch as these (received, tenant, source, type, notification ID):");
        context.sideInput(sample).stream()
            .sorted()
            .forEach(line -> text.append("\n  ").append(line));
      }
      if (count > 0) {
        text.append("\n\n").append(inWords(preview.effects));
      }
      preview.receiver.receive(text.toString());
    }

    private static String inWords(EffectMode effects) {
      return switch (effects) {
        case NONE ->
            "No effect would be caused: neither a follow-up event nor a task nor a notice.";
        case MISSING -> "Only effects that no event has caused before would be caused.";
        case ALL -> "All their effects would be caused again, under the same IDs.";
      };
    }

    private static void appendCount(StringBuilder text, long count, String name) {
      text.append(String.format(Locale.ROOT, "%n%,10d  %s", count, name));
    }
  }
}
