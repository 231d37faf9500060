package dev.tidegate.gateway.publish;

import java.nio.file.Path;

/**
 * Where events wait while Pub/Sub is away.
 *
 * @param folder on a volume that outlives the process; made if it is missing
 * @param maxBytes bodies and attributes that may wait there; what comes then is answered 503
 */
public record SpoolConfiguration(Path folder, long maxBytes) {}
