package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Closes a connection whose request line and headers have not come whole within some seconds of
 * their first byte. The HTTP server times requests from where their headers are complete, and takes
 * a connection for idle only while nothing comes: a header sent byte by byte would hold it for
 * ever.
 *
 * <p>It tells headers by what surrounds them: bytes came in, nothing has gone out since, and no
 * request is being served.
 */
final class SlowHeaderGuard extends ChannelDuplexHandler {
  private static final AttributeKey<AtomicInteger> SERVED =
      AttributeKey.valueOf(SlowHeaderGuard.class, "served");

  private final Duration longest;
  private final AtomicInteger served = new AtomicInteger();
  private @Nullable Future<?> deadline;

  SlowHeaderGuard(Duration longest) {
    this.longest = longest;
  }

  /** Tells the connection's guard that a request's headers are complete. */
  static void serving(ServiceRequestContext context) {
    Channel channel = context.log().ensureAvailable(RequestLogProperty.SESSION).channel();
    if (channel == null || !channel.hasAttr(SERVED)) {
      return;
    }
    AtomicInteger served = channel.attr(SERVED).get();
    served.incrementAndGet();
    context.log().whenComplete().thenRun(served::decrementAndGet);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    context.channel().attr(SERVED).set(served);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (deadline == null) {
      deadline =
          context
              .executor()
              .schedule(() -> expire(context), longest.toMillis(), TimeUnit.MILLISECONDS);
    }
    super.channelRead(context, message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    cancel();
    super.write(context, message, promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    cancel();
    super.channelInactive(context);
  }

  private void expire(ChannelHandlerContext context) {
    deadline = null;
    if (served.get() == 0) {
      context.close();
    }
  }

  private void cancel() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
