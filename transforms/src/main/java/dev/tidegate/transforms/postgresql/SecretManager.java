package dev.tidegate.transforms.postgresql;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.secretmanager.v1.SecretManagerServiceClient;
import com.google.cloud.secretmanager.v1.SecretManagerServiceSettings;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads secrets from Google's Secret Manager, as the worker's service account.
 *
 * <p>The system property {@value #ENDPOINT} names a stand-in, {@code HOST:PORT}, which is spoken to
 * in plaintext and without credentials: for tests.
 */
public final class SecretManager {
  /** Names a stand-in for Secret Manager. */
  static final String ENDPOINT = "tidegate.secretManagerEndpoint";

  /** The SQLSTATE of a connection that cannot be made: an outage, which makes no dead letter. */
  private static final String CANNOT_CONNECT = "08001";

  private static final Logger LOG = LoggerFactory.getLogger(SecretManager.class);

  /** What passes by itself. */
  private static final Set<StatusCode.Code> TRANSIENT =
      EnumSet.of(
          StatusCode.Code.UNAVAILABLE,
          StatusCode.Code.DEADLINE_EXCEEDED,
          StatusCode.Code.RESOURCE_EXHAUSTED,
          StatusCode.Code.ABORTED,
          StatusCode.Code.INTERNAL);

  /** Within the 10 s in which a connection must be had. */
  private static final RetrySettings RETRIES =
      RetrySettings.newBuilder()
          .setInitialRetryDelayDuration(Duration.ofMillis(200))
          .setRetryDelayMultiplier(2)
          .setMaxRetryDelayDuration(Duration.ofSeconds(2))
          .setInitialRpcTimeoutDuration(Duration.ofSeconds(3))
          .setRpcTimeoutMultiplier(1)
          .setMaxRpcTimeoutDuration(Duration.ofSeconds(3))
          .setTotalTimeoutDuration(Duration.ofSeconds(8))
          .build();

  private SecretManager() {}

  /**
   * The value of the secret's {@code version}, without the line's end that editors and {@code echo}
   * leave.
   *
   * @throws SQLNonTransientConnectionException where it cannot be read: the message says what to
   *     do, and names the secret, never its value
   */
  public static String read(String version) throws SQLNonTransientConnectionException {
    // Rarely called: a client that was kept would be a channel and threads for nothing.
    try (SecretManagerServiceClient client = SecretManagerServiceClient.create(settings())) {
      return client
          .accessSecretVersion(version)
          .getPayload()
          .getData()
          .toStringUtf8()
          .replaceFirst("\\R\\z", "");
    } catch (ApiException refused) {
      throw unreadable(
          version,
          refused.getStatusCode().getCode() + adviceFor(refused.getStatusCode().getCode()),
          refused);
    } catch (IOException noCredentials) {
      throw unreadable(version, "there are no credentials for Google Cloud", noCredentials);
    }
  }

  private static SecretManagerServiceSettings settings() throws IOException {
    SecretManagerServiceSettings.Builder settings = SecretManagerServiceSettings.newBuilder();
    settings.accessSecretVersionSettings().setRetryableCodes(TRANSIENT).setRetrySettings(RETRIES);
    String standIn = System.getProperty(ENDPOINT);
    if (standIn != null) {
      settings
          .setCredentialsProvider(NoCredentialsProvider.create())
          .setTransportChannelProvider(
              SecretManagerServiceSettings.defaultGrpcTransportProviderBuilder()
                  .setEndpoint(standIn)
                  .setChannelConfigurator(ManagedChannelBuilder::usePlaintext)
                  .build());
    }
    return settings.build();
  }

  private static String adviceFor(StatusCode.Code code) {
    return switch (code) {
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          ": grant roles/secretmanager.secretAccessor on it to the service account that runs this";
      case NOT_FOUND -> ": there is no such secret, or no such version of it";
      case FAILED_PRECONDITION -> ": this version is disabled or destroyed";
      default -> "";
    };
  }

  private static SQLNonTransientConnectionException unreadable(
      String version, String reason, Exception cause) {
    String message = "the secret %s cannot be read: %s".formatted(version, reason);
    // A pool passes on what it could not do, and not always why.
    LOG.warn("{}", message);
    return new SQLNonTransientConnectionException(message, CANNOT_CONNECT, cause);
  }
}
