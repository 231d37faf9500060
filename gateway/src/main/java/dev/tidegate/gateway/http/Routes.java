package dev.tidegate.gateway.http;

import com.linecorp.armeria.server.ServerBuilder;

/** Some of the gateway's addresses, and what answers there. */
public interface Routes {
  /** Adds them to {@code server}. Each is in the OpenAPI document too; a test compares the two. */
  void addTo(ServerBuilder server);
}
