package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.OptionMistakes;
import dev.tidegate.transforms.StampKey;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;

/** What a pipeline that reads or publishes messages is told of their stamps. */
@Description("Stamps")
public interface StampOptions extends PipelineOptions {
  @Description(
      "Where the key is that proves messages to be a gateway's or a replay's, the same for all of"
          + " them: env:NAME, file:PATH or projects/PROJECT/secrets/NAME/versions/VERSION. It has at"
          + " least 32 bytes; of several lines each is a key. Where the variable is not set, times of"
          + " receipt are Pub/Sub's and replays are archived again.")
  @Default.String("env:TIDEGATE_STAMP_KEY")
  String getStampKey();

  void setStampKey(String value);

  /** Checks and parses {@code options}. */
  static StampKey keyOf(StampOptions options, OptionMistakes mistakes) {
    String reference = String.valueOf(options.getStampKey());
    mistakes.check(StampKey.isReference(reference), "--stampKey must be " + StampKey.RULE);
    return new StampKey(reference);
  }
}
