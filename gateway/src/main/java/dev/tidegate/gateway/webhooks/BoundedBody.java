package dev.tidegate.gateway.webhooks;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Reads a body up to a bound, whatever its headers say of its length. What comes beyond it is
 * thrown away as it comes: a connection that is closed on a client while it sends may take the
 * answer with it. (The server's own bound does so.) How long that may go on the server bounds.
 */
final class BoundedBody implements Subscriber<HttpObject> {
  private final int mostBytes;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<byte[]> whole = new CompletableFuture<>();

  private BoundedBody(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** The body of {@code request}, or failed with a {@link ContentTooLargeException}. */
  static CompletableFuture<byte[]> read(HttpRequest request, int mostBytes) {
    BoundedBody body = new BoundedBody(mostBytes);
    request.subscribe(body);
    return body.whole;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(HttpObject part) {
    if (whole.isDone() || !(part instanceof HttpData data)) {
      return;
    }
    if (bytes.size() + data.length() > mostBytes) {
      bytes.reset();
      whole.completeExceptionally(ContentTooLargeException.get());
      return;
    }
    bytes.writeBytes(data.array());
  }

  @Override
  public void onError(Throwable failure) {
    whole.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    whole.complete(bytes.toByteArray());
  }
}
