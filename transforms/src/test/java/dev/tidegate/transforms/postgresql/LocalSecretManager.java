package dev.tidegate.transforms.postgresql;

import com.google.cloud.secretmanager.v1.AccessSecretVersionRequest;
import com.google.cloud.secretmanager.v1.AccessSecretVersionResponse;
import com.google.cloud.secretmanager.v1.SecretPayload;
import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Secret Manager's service on this machine, which this JVM's reads go to while it is open. */
final class LocalSecretManager implements AutoCloseable {
  private static final String SERVICE = "google.cloud.secretmanager.v1.SecretManagerService";

  private final Map<String, String> secrets = new ConcurrentHashMap<>();
  private final Queue<Status> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger reads = new AtomicInteger();
  private final Server server;

  private LocalSecretManager() throws IOException {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(service())
            .build()
            .start();
    System.setProperty(SecretManager.ENDPOINT, "localhost:" + server.getPort());
  }

  static LocalSecretManager start() throws IOException {
    return new LocalSecretManager();
  }

  void put(String version, String value) {
    secrets.put(version, value);
  }

  /** Fails the next read that has not failed yet. */
  void failNext(Status status) {
    failures.add(status);
  }

  int reads() {
    return reads.get();
  }

  @Override
  public void close() {
    System.clearProperty(SecretManager.ENDPOINT);
    server.shutdownNow();
  }

  /** The one method that is called; the generated service is no part of the client. */
  private ServerServiceDefinition service() {
    MethodDescriptor<AccessSecretVersionRequest, AccessSecretVersionResponse> method =
        MethodDescriptor.<AccessSecretVersionRequest, AccessSecretVersionResponse>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(SERVICE + "/AccessSecretVersion")
            .setRequestMarshaller(
                ProtoUtils.marshaller(AccessSecretVersionRequest.getDefaultInstance()))
            .setResponseMarshaller(
                ProtoUtils.marshaller(AccessSecretVersionResponse.getDefaultInstance()))
            .build();
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(method, ServerCalls.asyncUnaryCall(this::accessSecretVersion))
        .build();
  }

  private void accessSecretVersion(
      AccessSecretVersionRequest request, StreamObserver<AccessSecretVersionResponse> client) {
    reads.incrementAndGet();
    Status failure = failures.poll();
    String value = secrets.get(request.getName());
    if (failure != null || value == null) {
      client.onError((failure == null ? Status.NOT_FOUND : failure).asRuntimeException());
      return;
    }
    client.onNext(
        AccessSecretVersionResponse.newBuilder()
            .setName(request.getName())
            .setPayload(SecretPayload.newBuilder().setData(ByteString.copyFromUtf8(value)))
            .build());
    client.onCompleted();
  }
}
