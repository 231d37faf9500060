package dev.tidegate.pubsub;

import com.linecorp.armeria.server.Server;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Stops servers without waiting for their threads. */
public final class ServerStop {
  private static final long LOOK_MILLIS = 10;

  private ServerStop() {}

  /**
   * Stops {@code server}. Returns when its port is free and its connections are closed. Its threads
   * have nothing to do then, and end within the next seconds: Netty lets them wait for more.
   */
  public static void stop(Server server) {
    CompletableFuture<Void> stopped = server.stop();
    try {
      while (!stopped.isDone() && !isOffline(server)) {
        awaitALittle(stopped);
      }
    } catch (InterruptedException leaveTheRestToIt) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isOffline(Server server) {
    return server.activePorts().isEmpty() && server.numConnections() == 0;
  }

  private static void awaitALittle(CompletableFuture<Void> stopped) throws InterruptedException {
    try {
      stopped.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException lookAgain) {
      // A failure ends the loop, and the server has logged it.
    }
  }
}
