package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpRequestWriter;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AttributeKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Reads the bodies of all requests, and gives them one budget of memory between them. A part of a
 * body takes from the budget when it arrives, whether a service wants the body or not; the request
 * gives all of it back when its answer begins or it breaks off. What arrives after an answer is
 * dropped.
 *
 * <p>Where the budget is spent, the sender with the most bytes in incomplete bodies loses its
 * oldest one, which is answered 503. So a sender that holds less than its share (the budget,
 * divided by the number of senders) loses nothing. Of one address, the requests that never end are
 * lost first. If nothing is incomplete, the request that asks is refused.
 */
public final class RequestBodies implements DecoratingHttpServiceFunction {
  /** A body is kept in the parts that arrived, and once more when they are joined. */
  private static final int COPIES = 2;

  /** The cost of a part besides its bytes. It makes bodies that come byte by byte expensive. */
  private static final int BYTES_PER_PART = 128;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private static final AttributeKey<Body> BODY = AttributeKey.valueOf(RequestBodies.class, "BODY");

  private final ClientAddress clientAddress;
  private long free;
  private final Map<String, Sender> senders = new HashMap<>();
  private final TreeSet<Sender> byBytes =
      new TreeSet<>(
          Comparator.comparingLong((Sender sender) -> sender.bytes)
              .thenComparing(sender -> sender.address));

  RequestBodies(long budget, ClientAddress clientAddress) {
    this.free = budget;
    this.clientAddress = clientAddress;
  }

  /** Refuses {@code context}'s body with 413 once it has more than {@code bytes}. */
  public static void limit(ServiceRequestContext context, int bytes) {
    Body body = context.attr(BODY);
    if (body != null) {
      body.mostBytes = bytes;
    }
  }

  /** Whether {@code context}'s request has not arrived whole. */
  static boolean isIncomplete(ServiceRequestContext context) {
    Body body = context.attr(BODY);
    return body != null && !body.isComplete;
  }

  @Override
  public HttpResponse serve(
      HttpService delegate, ServiceRequestContext context, HttpRequest request) throws Exception {
    if (request.isEmpty()) {
      return delegate.serve(context, request);
    }
    HttpRequestWriter kept = HttpRequest.streaming(request.headers());
    Body body = new Body(clientAddress.networkOf(context), kept);
    context.setAttr(BODY, body);
    context.updateRequest(kept);
    request.subscribe(body, context.eventLoop());
    // Without headers, where there is no answer, this comes when the log ends.
    context.log().whenAvailable(RequestLogProperty.RESPONSE_HEADERS).thenRun(body::discard);
    try {
      return delegate.serve(context, kept);
    } catch (Exception refused) {
      // Thrown, it would have the server close the connection on a client that still sends, and
      // the answer might be lost.
      return HttpResponse.ofFailure(refused);
    }
  }

  /** What is free of the budget. */
  synchronized long free() {
    return free;
  }

  /** Those whose bodies are evicted for this one are told outside the lock. */
  private boolean take(Body body, long bytes) {
    List<Body> evicted = new ArrayList<>();
    boolean isTaken = take(body, bytes, evicted);
    evicted.forEach(
        other ->
            other.end(
                Problem.of(
                        ProblemType.UNAVAILABLE,
                        "Too much is being sent now. Send it again, and the whole request at once.")
                    .retryAfter(RETRY_AFTER)
                    .asException()));
    return isTaken;
  }

  private synchronized boolean take(Body body, long bytes, List<Body> evicted) {
    while (!body.isReleased && free < bytes) {
      Body victim = byBytes.isEmpty() ? body : byBytes.last().incomplete.iterator().next();
      release(victim);
      evicted.add(victim);
    }
    if (body.isReleased) {
      return false;
    }
    free -= bytes;
    body.taken += bytes;
    Sender sender = senders.computeIfAbsent(body.address, Sender::new);
    byBytes.remove(sender);
    sender.incomplete.add(body);
    sender.bytes += bytes;
    byBytes.add(sender);
    return true;
  }

  private synchronized void complete(Body body) {
    Sender sender = senders.get(body.address);
    if (sender != null && sender.incomplete.remove(body)) {
      byBytes.remove(sender);
      sender.bytes -= body.taken;
      if (sender.incomplete.isEmpty()) {
        senders.remove(sender.address);
      } else {
        byBytes.add(sender);
      }
    }
  }

  private synchronized void release(Body body) {
    complete(body);
    free += body.taken;
    body.taken = 0;
    body.isReleased = true;
  }

  /** The sender at one address, and the parts of its bodies that have arrived. */
  private static final class Sender {
    private final String address;
    private final Set<Body> incomplete = new LinkedHashSet<>();
    private long bytes;

    Sender(String address) {
      this.address = address;
    }
  }

  /** One request's. */
  private final class Body implements Subscriber<HttpObject> {
    private final String address;
    private final HttpRequestWriter kept;
    private volatile int mostBytes = Integer.MAX_VALUE;
    private volatile boolean isComplete;
    private long length;
    // Both guarded by the budget.
    private long taken;
    private boolean isReleased;

    Body(String address, HttpRequestWriter kept) {
      this.address = address;
      this.kept = kept;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      // Nothing waits in the server's buffers, which no budget knows.
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(HttpObject part) {
      int bytes = part instanceof HttpData data ? data.length() : 0;
      length += bytes;
      if (length > mostBytes) {
        end(ContentTooLargeException.get());
      } else if (take(this, (long) COPIES * bytes + BYTES_PER_PART) && !kept.tryWrite(part)) {
        discard();
      }
    }

    @Override
    public void onError(Throwable failure) {
      end(failure);
    }

    @Override
    public void onComplete() {
      isComplete = true;
      complete(this);
      kept.close();
    }

    void discard() {
      release(this);
      if (!kept.isComplete()) {
        kept.abort();
      }
    }

    /** Lets go of what has come. Where the service still waits for the body, it is told why. */
    void end(Throwable failure) {
      release(this);
      kept.abort(failure);
    }
  }
}
