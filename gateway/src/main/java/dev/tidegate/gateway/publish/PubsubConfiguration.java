package dev.tidegate.gateway.publish;

import java.util.Optional;

/**
 * Where events go.
 *
 * @param project the topic's project
 * @param topic the topic's short name
 * @param endpoint host and port of an emulator or the embedded Pub/Sub, plaintext and without
 *     credentials; empty for Google's
 */
public record PubsubConfiguration(String project, String topic, Optional<String> endpoint) {}
