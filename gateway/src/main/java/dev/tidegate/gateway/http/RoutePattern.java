package dev.tidegate.gateway.http;

import com.google.common.base.Splitter;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServiceConfig;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A route's path as people and OpenAPI write it: {@code /events/{id}}. */
public final class RoutePattern {
  private static final Splitter SEGMENTS = Splitter.on('/');

  private RoutePattern() {}

  /** The path of {@code route}; Armeria writes its variables as {@code :id} and {@code :*rest}. */
  public static String of(Route route) {
    return route.patternString().replaceAll("/:\\*?([^/]+)", "/{$1}");
  }

  /** The methods that {@code services} take at {@code path}; none where nothing is there. */
  static Set<HttpMethod> methodsAt(String path, Collection<ServiceConfig> services) {
    Set<HttpMethod> methods = EnumSet.noneOf(HttpMethod.class);
    services.stream()
        .map(ServiceConfig::route)
        .filter(route -> matches(of(route), path))
        .forEach(route -> methods.addAll(route.methods()));
    return methods;
  }

  private static boolean matches(String pattern, String path) {
    List<String> wanted = SEGMENTS.splitToList(pattern);
    List<String> given = SEGMENTS.splitToList(path);
    if (wanted.size() != given.size()) {
      return false;
    }
    for (int i = 0; i < wanted.size(); i++) {
      boolean isVariable = wanted.get(i).startsWith("{") && !given.get(i).isEmpty();
      if (!isVariable && !wanted.get(i).equals(given.get(i))) {
        return false;
      }
    }
    return true;
  }
}
