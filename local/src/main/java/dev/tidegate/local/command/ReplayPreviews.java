package dev.tidegate.local.command;

import dev.tidegate.transforms.replay.PreviewReplay;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Brings a dry run's preview from the pipeline, which is serialized even within one process, to the
 * command that started it.
 *
 * @param replayId whose preview it is
 */
record ReplayPreviews(String replayId) implements PreviewReplay.Receiver {
  private static final long serialVersionUID = 1;
  private static final Map<String, String> TEXTS = new ConcurrentHashMap<>();

  @Override
  public void receive(String text) {
    TEXTS.put(replayId, text);
  }

  /** The preview, once. */
  Optional<String> take() {
    return Optional.ofNullable(TEXTS.remove(replayId));
  }
}
