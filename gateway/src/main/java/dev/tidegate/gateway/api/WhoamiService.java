package dev.tidegate.gateway.api;

import com.linecorp.armeria.server.annotation.Get;
import dev.tidegate.gateway.auth.Caller;

/** {@code GET /whoami}: who the caller is, as the gateway sees it. It needs no database. */
final class WhoamiService {
  /** The caller: tenant, subject and roles. */
  @Get("/whoami")
  public Caller whoami(Caller caller) {
    return caller;
  }
}
