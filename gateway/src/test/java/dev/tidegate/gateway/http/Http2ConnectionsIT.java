package dev.tidegate.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import dev.tidegate.testing.Patience;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections of HTTP/2, frame by frame: idle ones, slow ones, and those that reset streams. */
class Http2ConnectionsIT {
  private static final Duration HEADERS_TIMEOUT = Duration.ofSeconds(1);

  private static final int HEADERS = 0x1;
  private static final int PRIORITY = 0x2;
  private static final int SETTINGS = 0x4;
  private static final int PING = 0x6;
  private static final int GOAWAY = 0x7;
  private static final int WINDOW_UPDATE = 0x8;
  private static final int CONTINUATION = 0x9;
  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final int ACK = 0x1;
  private static final int ENHANCE_YOUR_CALM = 0xb;

  private final GatewayServer server =
      GatewayServer.start(
          "127.0.0.1",
          0,
          List.of(
              builder -> builder.route().get("/").build((context, request) -> HttpResponse.of(204)),
              builder ->
                  builder
                      .route()
                      .post("/never")
                      .build((context, request) -> HttpResponse.streaming())),
          HttpService::serve,
          new ClientAddress(List.of()),
          ServerLimits.STANDARD.withTimeouts(HEADERS_TIMEOUT, Duration.ofSeconds(30)));

  /** A frame that came. */
  private record Frame(int type, int flags, int stream, byte[] payload) {}

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void framesThatNeedNoAnswerDoNotEndAnIdleConnection() throws Exception {
    try (Socket socket = connect()) {
      send(socket, frame(SETTINGS, ACK, 0));
      send(socket, frame(WINDOW_UPDATE, 0, 0, 0, 0, 1, 0));
      send(socket, frame(PRIORITY, 0, 5, 0, 0, 0, 0, 16));
      TimeUnit.MILLISECONDS.sleep(HEADERS_TIMEOUT.toMillis() * 2);
      send(socket, frame(HEADERS, END_HEADERS | END_STREAM, 7, get("/")));
      assertThat(next(socket, HEADERS).stream()).isEqualTo(7);
      // Nor after a request was served.
      send(socket, frame(WINDOW_UPDATE, 0, 0, 0, 0, 1, 0));
      TimeUnit.MILLISECONDS.sleep(HEADERS_TIMEOUT.toMillis() * 2);
      send(socket, frame(HEADERS, END_HEADERS | END_STREAM, 9, get("/")));
      assertThat(next(socket, HEADERS).stream()).isEqualTo(9);
    }
  }

  @Test
  void headersThatDoNotComeWholeEndItWithGoaway() throws Exception {
    byte[] headers = frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/"));
    try (Socket socket = connect()) {
      long start = System.nanoTime();
      for (int sent = 0; sent < headers.length - 1; sent++) {
        try {
          socket.getOutputStream().write(headers[sent]);
        } catch (SocketException cut) {
          break;
        }
        TimeUnit.MILLISECONDS.sleep(200);
        if (System.nanoTime() - start > HEADERS_TIMEOUT.multipliedBy(3).toNanos()) {
          break;
        }
      }
      assertThat(next(socket, GOAWAY).payload()).hasSizeGreaterThanOrEqualTo(8);
    }
  }

  @Test
  void neitherDoContinuationsWithoutEnd() throws Exception {
    try (Socket socket = connect()) {
      send(socket, frame(HEADERS, END_STREAM, 1, get("/")));
      send(socket, frame(CONTINUATION, 0, 1));
      assertThat(next(socket, GOAWAY).payload()).hasSizeGreaterThanOrEqualTo(8);
    }
  }

  @Test
  void streamsThatAreMadeToBeResetAreBounded() throws Exception {
    try (Socket socket = connect()) {
      CompletableFuture<Frame> goAway =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return next(socket, GOAWAY);
                } catch (IOException none) {
                  throw new UncheckedIOException(none);
                }
              });
      for (int stream = 1; stream < 4_000 && !goAway.isDone(); stream += 2) {
        try {
          send(socket, frame(HEADERS, END_HEADERS, stream, post("/never")));
          // An increment of zero is an error of the stream: the server resets it, and not the
          // client.
          send(socket, frame(WINDOW_UPDATE, 0, stream, 0, 0, 0, 0));
        } catch (SocketException closed) {
          break;
        }
      }
      assertThat(goAway.join().payload()[7]).isEqualTo((byte) ENHANCE_YOUR_CALM);
    }
  }

  @Test
  void aRequestNamesItsHost() throws Exception {
    try (Socket socket = connect()) {
      byte[] path = {(byte) 0x82, (byte) 0x86, (byte) 0x84};
      send(socket, frame(HEADERS, END_HEADERS | END_STREAM, 1, path));
      // 0x8c is ":status: 400" of HPACK's static table.
      assertThat(next(socket, HEADERS).payload()[0]).isEqualTo((byte) 0x8c);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout((int) Patience.LONGEST.toMillis());
    socket.setTcpNoDelay(true);
    send(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    send(socket, frame(SETTINGS, 0, 0));
    assertThat(next(socket, SETTINGS).flags()).isZero();
    return socket;
  }

  private static void send(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  private static byte[] frame(int type, int flags, int stream, int... payload) {
    byte[] bytes = new byte[payload.length];
    for (int i = 0; i < payload.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    return frame(type, flags, stream, bytes);
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(payload.length >> 16);
    frame.write(payload.length >> 8);
    frame.write(payload.length);
    frame.write(type);
    frame.write(flags);
    for (int shift = 24; shift >= 0; shift -= 8) {
      frame.write(stream >> shift);
    }
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /** {@code :method: GET} and {@code :scheme: http} of the static table, and two literals. */
  private static byte[] get(String path) {
    return headers(0x82, path);
  }

  private static byte[] post(String path) {
    return headers(0x83, path);
  }

  private static byte[] headers(int method, String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(method);
    block.write(0x86);
    literal(block, 0x04, path);
    literal(block, 0x01, "here");
    return block.toByteArray();
  }

  /** A literal that is not indexed, with a name of the static table. */
  private static void literal(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(value.getBytes(US_ASCII));
  }

  /** The next frame of {@code type}. */
  private static Frame next(Socket socket, int type) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    while (true) {
      Frame frame = read(in);
      if (frame.type() == type && !(type == SETTINGS && frame.flags() == ACK)) {
        return frame;
      }
      if (frame.type() == PING && frame.flags() == 0) {
        send(socket, frame(PING, ACK, 0, frame.payload()));
      }
    }
  }

  private static Frame read(DataInputStream in) throws IOException {
    byte[] header = new byte[9];
    in.readFully(header);
    int length = (header[0] & 0xFF) << 16 | (header[1] & 0xFF) << 8 | header[2] & 0xFF;
    int stream = (header[7] & 0xFF) << 8 | header[8] & 0xFF;
    byte[] payload = new byte[length];
    in.readFully(payload);
    return new Frame(header[3], header[4] & 0xFF, stream, payload);
  }
}
