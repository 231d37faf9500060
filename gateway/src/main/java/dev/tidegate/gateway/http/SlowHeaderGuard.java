package dev.tidegate.gateway.http;

import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
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
 * <p>On HTTP/1 it tells headers by what surrounds them: bytes came in, nothing has gone out since,
 * and no request is being served. On HTTP/2 that would hit idle connections too, whose clients send
 * frames that need no answer. There it follows the frames, and closes with GOAWAY, so that a client
 * knows that it may send its next request elsewhere.
 */
final class SlowHeaderGuard extends ChannelDuplexHandler {
  private static final AttributeKey<AtomicInteger> SERVED =
      AttributeKey.valueOf(SlowHeaderGuard.class, "served");

  private final Duration longest;
  private final AtomicInteger served = new AtomicInteger();
  private Http2Frames frames = new Http2Frames();
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
    if (frames.isOtherwise() && context.pipeline().get(Http2ConnectionHandler.class) != null) {
      // Upgraded from HTTP/1: the preface comes now.
      frames = new Http2Frames();
    }
    if (!frames.isOtherwise() && message instanceof ByteBuf bytes && frames.follow(bytes)) {
      cancel();
    }
    if (deadline == null && (frames.isOtherwise() || frames.isWithinOne())) {
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
    if (!frames.isHttp2()) {
      cancel();
    }
    super.write(context, message, promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    cancel();
    super.channelInactive(context);
  }

  private void expire(ChannelHandlerContext context) {
    deadline = null;
    if (served.get() > 0) {
      return;
    }
    if (frames.isHttp2()) {
      // Through all handlers, of which one says GOAWAY.
      context.pipeline().close();
    } else {
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
