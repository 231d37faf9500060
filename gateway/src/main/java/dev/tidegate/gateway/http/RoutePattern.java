package dev.tidegate.gateway.http;

import com.linecorp.armeria.server.Route;

/** A route's path as people and OpenAPI write it: {@code /events/{id}}. */
public final class RoutePattern {
  private RoutePattern() {}

  /** The path of {@code route}; Armeria writes its variables as {@code :id}. */
  public static String of(Route route) {
    return route.patternString().replaceAll("/:([^/]+)", "/{$1}");
  }
}
