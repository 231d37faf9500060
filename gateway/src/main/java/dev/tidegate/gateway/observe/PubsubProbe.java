package dev.tidegate.gateway.observe;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Asks Pub/Sub for the topic. An answer that refuses permission is good enough: a publisher's role
 * does not let it look at the topic that it may publish to.
 */
final class PubsubProbe implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final PubsubConfiguration configuration;
  private TopicAdminClient client;

  PubsubProbe(PubsubConfiguration configuration) {
    this.configuration = configuration;
  }

  /** Why events cannot go there; empty where they can. Waits for the answer. */
  Optional<String> problem() {
    try {
      client().getTopic(TopicName.of(configuration.project(), configuration.topic()));
      return Optional.empty();
    } catch (ApiException refused) {
      StatusCode.Code code = refused.getStatusCode().getCode();
      return switch (code) {
        case PERMISSION_DENIED -> Optional.empty();
        case NOT_FOUND -> Optional.of("the topic does not exist");
        default -> Optional.of("answers " + code);
      };
    } catch (IOException noCredentials) {
      return Optional.of("there are no credentials for it");
    }
  }

  private synchronized TopicAdminClient client() throws IOException {
    if (client == null) {
      client = TopicAdminClient.create(settings());
    }
    return client;
  }

  private TopicAdminSettings settings() throws IOException {
    TopicAdminSettings.Builder settings = TopicAdminSettings.newBuilder();
    configuration
        .endpoint()
        .ifPresent(
            endpoint ->
                settings
                    .setCredentialsProvider(NoCredentialsProvider.create())
                    .setTransportChannelProvider(
                        InstantiatingGrpcChannelProvider.newBuilder()
                            .setEndpoint(endpoint)
                            .setChannelConfigurator(ManagedChannelBuilder::usePlaintext)
                            .build()));
    settings
        .getTopicSettings()
        .setRetryableCodes(Set.of())
        .setRetrySettings(
            RetrySettings.newBuilder()
                .setInitialRpcTimeoutDuration(TIMEOUT)
                .setMaxRpcTimeoutDuration(TIMEOUT)
                .setTotalTimeoutDuration(TIMEOUT)
                .build());
    return settings.build();
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
    }
  }
}
