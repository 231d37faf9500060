package dev.tidegate.local;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Closes every connection to embedded Flink's REST endpoint before a byte of it is read. Flink
 * starts that endpoint always, asks for no password, and answers any web page: one link, {@code GET
 * /jobs/ID/yarn-cancel}, would end the pipeline. Tidegate asks Flink in this process and not over
 * REST. Flink finds this class by {@code ServiceLoader}.
 */
public final class ClosedFlinkEndpoint implements InboundChannelHandlerFactory {
  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Optional<ChannelHandler> createHandler(
      Configuration configuration, Map<String, String> responseHeaders) {
    return Optional.of(new CloseHandler());
  }

  private static final class CloseHandler extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.close();
    }
  }
}
