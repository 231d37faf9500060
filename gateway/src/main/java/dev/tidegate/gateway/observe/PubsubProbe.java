package dev.tidegate.gateway.observe;

import com.google.api.core.ApiFuture;
import com.google.api.core.ApiFutureCallback;
import com.google.api.core.ApiFutures;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.pubsub.v1.GetTopicRequest;
import com.google.pubsub.v1.Topic;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Asks Pub/Sub for the topic. That an answer is refused for want of a permission is good enough: a
 * publisher's role does not let it look at the topic that it may publish to.
 */
final class PubsubProbe implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final PubsubConfiguration configuration;
  private TopicAdminClient client;

  PubsubProbe(PubsubConfiguration configuration) {
    this.configuration = configuration;
  }

  /**
   * What the problem is, or empty where there is none.
   *
   * @param executor for finding credentials, which may take a while the first time
   */
  CompletableFuture<Optional<String>> ask(Executor executor) {
    return CompletableFuture.supplyAsync(this::client, executor).thenCompose(this::ask);
  }

  private CompletableFuture<Optional<String>> ask(TopicAdminClient topics) {
    CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
    ApiFuture<Topic> asked =
        topics
            .getTopicCallable()
            .futureCall(
                GetTopicRequest.newBuilder()
                    .setTopic(TopicName.format(configuration.project(), configuration.topic()))
                    .build());
    ApiFutures.addCallback(
        asked,
        new ApiFutureCallback<>() {
          @Override
          public void onSuccess(Topic topic) {
            answer.complete(Optional.empty());
          }

          @Override
          public void onFailure(Throwable failure) {
            answer.complete(problem(failure));
          }
        },
        MoreExecutors.directExecutor());
    return answer;
  }

  private static Optional<String> problem(Throwable failure) {
    if (!(failure instanceof ApiException refused)) {
      return Optional.of("failed (%s)".formatted(failure.getClass().getSimpleName()));
    }
    StatusCode.Code code = refused.getStatusCode().getCode();
    return switch (code) {
      case PERMISSION_DENIED -> Optional.empty();
      case NOT_FOUND -> Optional.of("the topic does not exist");
      default -> Optional.of("answers " + code);
    };
  }

  private synchronized TopicAdminClient client() {
    if (client == null) {
      try {
        client = TopicAdminClient.create(settings());
      } catch (IOException noCredentials) {
        throw new CompletionException(noCredentials);
      }
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
