package dev.tidegate.gateway.publish;

import io.grpc.ForwardingChannelBuilder2;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Remembers the channels that Google's library opens, which it keeps to itself: gRPC waits up to
 * two minutes before it connects anew to a server that was away, and only a channel can be told to
 * do so at once.
 */
final class ChannelRecorder {
  private final List<ManagedChannel> channels = new CopyOnWriteArrayList<>();

  /** {@code builder}, whose channel is remembered. */
  ManagedChannelBuilder<?> recording(ManagedChannelBuilder<?> builder) {
    return new RecordingBuilder<>(builder);
  }

  /** Has every channel that waits before it connects do so now. */
  void reconnect() {
    channels.forEach(ManagedChannel::resetConnectBackoff);
  }

  /** Hands everything to the builder it stands before, and keeps what comes out. */
  private final class RecordingBuilder<T extends ManagedChannelBuilder<T>>
      extends ForwardingChannelBuilder2<T> {
    private final ManagedChannelBuilder<?> builder;

    RecordingBuilder(ManagedChannelBuilder<?> builder) {
      this.builder = builder;
    }

    @Override
    protected ManagedChannelBuilder<?> delegate() {
      return builder;
    }

    @Override
    public ManagedChannel build() {
      ManagedChannel channel = super.build();
      channels.add(channel);
      return channel;
    }
  }
}
