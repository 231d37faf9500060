package dev.tidegate.pipeline.launch;

import com.google.api.client.http.HttpRequestInitializer;
import com.google.api.services.bigquery.Bigquery;
import com.google.api.services.pubsub.Pubsub;
import com.google.auth.Credentials;
import com.google.auth.http.HttpCredentialsAdapter;
import org.apache.beam.sdk.extensions.gcp.options.GcpOptions;
import org.apache.beam.sdk.extensions.gcp.util.Transport;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryOptions;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.PipelineOptions;

/** Makes Google's clients as the job does, with short timeouts: a person waits. */
final class GoogleClients {
  private static final String NAME = "tidegate-launch";
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int RETRIES = 1;

  private GoogleClients() {}

  static Pubsub pubsub(PipelineOptions options) {
    return new Pubsub.Builder(
            Transport.getTransport(), Transport.getJsonFactory(), requestsOf(options))
        .setRootUrl(options.as(PubsubOptions.class).getPubsubRootUrl())
        .setApplicationName(NAME)
        .build();
  }

  static Bigquery bigquery(PipelineOptions options) {
    Bigquery.Builder client =
        new Bigquery.Builder(
                Transport.getTransport(), Transport.getJsonFactory(), requestsOf(options))
            .setApplicationName(NAME);
    String endpoint = options.as(BigQueryOptions.class).getBigQueryEndpoint();
    if (OptionReader.isGiven(endpoint)) {
      client.setRootUrl(endpoint);
    }
    return client.build();
  }

  private static HttpRequestInitializer requestsOf(PipelineOptions options) {
    return request -> {
      // The check's own thread asks for it, because it may have to look for a metadata server.
      Credentials credentials = options.as(GcpOptions.class).getGcpCredential();
      if (credentials != null) {
        new HttpCredentialsAdapter(credentials).initialize(request);
      }
      request.setConnectTimeout(TIMEOUT_MILLIS);
      request.setReadTimeout(TIMEOUT_MILLIS);
      request.setNumberOfRetries(RETRIES);
    };
  }
}
