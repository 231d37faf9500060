package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Delete;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.api.RequestRecords;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.auth.Credentials.Identity;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.RateLimit;
import dev.tidegate.gateway.http.RequestId;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.AuditRecord;
import dev.tidegate.gateway.store.AuditRecord.Outcome;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TenantScope;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;

/** {@code /console/session} and {@code /console/codes}: how a browser is signed in, and out. */
final class SignInService {
  private static final int ATTEMPTS_PER_SECOND = 5;
  private static final int ATTEMPTS_AT_ONCE = 25;

  /** A code that signs a browser in. */
  record SignIn(Optional<String> code) {}

  /** Who is signed in, and until when. */
  record Session(String tenant, Optional<String> subject, Set<Role> roles, Instant expiresAt) {}

  /** A code that somebody else may sign in with, once. */
  record Code(String code, Instant expiresAt) {}

  /** What people call the provider of OpenID Connect. */
  record Provider(String name) {}

  /**
   * How people can sign in.
   *
   * @param developmentCommand the command that signs a developer in to a local system
   * @param problem why nobody can
   */
  record Configuration(
      Optional<Provider> oidc, Optional<String> developmentCommand, Optional<String> problem) {}

  /** By what somebody has signed in. */
  enum By {
    TOKEN,
    CODE,
    OIDC
  }

  /** Details of an audit record. */
  record SignInDetails(By by, Instant expiresAt) {}

  /** Details of an audit record that has none. */
  record NoDetails() {}

  private final ConsoleSessions sessions;
  private final Optional<ConsoleConfiguration> configuration;
  private final Optional<LedgerDatabase> database;
  private final SignInCodes codes;
  private final ClientAddress clientAddress;
  private final RateLimit attempts =
      new RateLimit("sign-ins", ATTEMPTS_PER_SECOND, ATTEMPTS_AT_ONCE);

  SignInService(
      ConsoleSessions sessions,
      Optional<ConsoleConfiguration> configuration,
      Optional<LedgerDatabase> database,
      SignInCodes codes,
      ClientAddress clientAddress) {
    this.sessions = sessions;
    this.configuration = configuration;
    this.database = database;
    this.codes = codes;
    this.clientAddress = clientAddress;
  }

  /** How people can sign in: the caller is not signed in yet. */
  @Get("/console/configuration")
  public Configuration configuration() {
    return new Configuration(
        configuration
            .flatMap(ConsoleConfiguration::oidc)
            .map(provider -> new Provider(provider.name())),
        configuration.flatMap(ConsoleConfiguration::developmentCommand),
        sessions.areOpen()
            ? Optional.empty()
            : Optional.of(
                "Nobody can sign in here: the gateway's configuration has no"
                    + " console.sessionKeys."));
  }

  /** Signs a browser in, by a code or by what callers show otherwise. */
  @Post("/console/session")
  public CompletionStage<HttpResponse> signIn(
      ServiceRequestContext context, AggregatedHttpRequest request) {
    sessions.seal();
    takeAttempt(context);
    RequestOrigin.requireOwnPage(request.headers(), sessions.url());
    Optional<String> code =
        request.content().isEmpty()
            ? Optional.empty()
            : RequestRecords.ofBody(request, SignIn.class).code();
    if (code.isPresent()) {
      return inTransaction(
          context,
          TenantScope.SEVERAL,
          handle -> signedIn(handle, context, codes.redeem(handle, code.get()), By.CODE));
    }
    return sessions
        .credentials()
        .identify(request.headers())
        .thenCompose(
            shown -> {
              Identity identity = sessions.forSession(shown);
              return inTransaction(
                  context,
                  identity.caller().tenant(),
                  handle -> signedIn(handle, context, identity, By.TOKEN));
            });
  }

  private HttpResponse signedIn(
      Handle handle, ServiceRequestContext context, Identity identity, By by) {
    writeSignIn(handle, context, identity, by);
    Caller caller = identity.caller();
    Session session =
        new Session(
            caller.tenant(), caller.subject(), caller.roles(), caller.expiresAt().orElseThrow());
    return answer(session, sessions.cookie(context.request().headers(), identity));
  }

  /** Writes down who has signed in. */
  static void writeSignIn(Handle handle, ServiceRequestContext context, Identity identity, By by) {
    Caller caller = identity.caller();
    write(
        handle,
        context,
        caller,
        AuditAction.SIGN_IN,
        new SignInDetails(by, caller.expiresAt().orElseThrow()));
  }

  /** Signs a browser out. A caller who is not signed in is already signed out. */
  @Delete("/console/session")
  public CompletionStage<HttpResponse> signOut(ServiceRequestContext context) {
    RequestHeaders headers = context.request().headers();
    RequestOrigin.requireConsole(headers, sessions.url());
    HttpResponse answer =
        answer(new NoDetails(), SessionCookie.SESSION.remove(headers, sessions.url()));
    Optional<Identity> identity =
        SessionCookie.SESSION
            .in(headers)
            .filter(cookie -> sessions.areOpen())
            .flatMap(cookie -> sessions.opened(Seal.Purpose.SESSION, cookie));
    if (identity.isEmpty() || database.isEmpty()) {
      return CompletableFuture.completedFuture(answer);
    }
    Caller caller = identity.get().caller();
    return inTransaction(
        context,
        caller.tenant(),
        handle -> {
          write(handle, context, caller, AuditAction.SIGN_OUT, new NoDetails());
          return answer;
        });
  }

  /** A code with which a browser is signed in as the caller. The console's cookie makes none. */
  @Post("/console/codes")
  public CompletionStage<Code> code(ServiceRequestContext context) {
    sessions.seal();
    takeAttempt(context);
    return sessions
        .credentials()
        .identify(context.request().headers())
        .thenCompose(
            shown -> {
              Identity identity = sessions.forSession(shown);
              return inTransaction(
                  context,
                  identity.caller().tenant(),
                  handle -> {
                    write(
                        handle,
                        context,
                        identity.caller(),
                        AuditAction.MAKE_SIGN_IN_CODE,
                        new NoDetails());
                    return codes.make(handle, identity);
                  });
            });
  }

  /**
   * Counts an attempt of the address: nobody may guess codes and tokens for long.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code TOO_MANY_REQUESTS}
   */
  void takeAttempt(ServiceRequestContext context) {
    attempts.take(clientAddress.networkOf(context));
  }

  /** Does {@code work} in a transaction of the ledger's database. */
  <T> CompletableFuture<T> inTransaction(
      ServiceRequestContext context, String tenant, HandleCallback<T, SQLException> work) {
    return database
        .orElseThrow(
            () ->
                Problem.of(
                        ProblemType.UNAVAILABLE,
                        "This needs a database, and the gateway was started without one.")
                    .asException())
        .submit(tenant, context.blockingTaskExecutor(), work);
  }

  private static void write(
      Handle handle,
      ServiceRequestContext context,
      Caller caller,
      AuditAction action,
      Object details) {
    AuditRecord.write(
        handle,
        new AuditRecord.Request(caller, RequestId.made(context), RequestId.chosen(context)),
        action,
        caller.tenant(),
        Optional.empty(),
        Outcome.DONE,
        Api.text(details));
  }

  private static HttpResponse answer(Object body, String cookie) {
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(MediaType.JSON_UTF_8)
            .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
            .add(HttpHeaderNames.SET_COOKIE, cookie)
            .build(),
        HttpData.of(UTF_8, Api.text(body)));
  }
}
