package dev.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressTest {
  private static final String PROXY = "10.1.2.3";

  private final ClientAddress behindProxies =
      new ClientAddress(List.of("10.0.0.0/8", "2001:db8:1::/48"));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Nobody's word but a trusted proxy's.
        "203.0.113.9 | 198.51.100.1 | 203.0.113.9",
        "10.1.2.3 | 198.51.100.1 | 198.51.100.1",
        "10.1.2.3 | 192.0.2.66, 198.51.100.1 | 198.51.100.1",
        "10.1.2.3 | 192.0.2.66, 198.51.100.1, 10.9.9.9 | 198.51.100.1",
        "2001:db8:1::5 | 2001:db8:2::7 | 2001:db8:2::7",
        "::ffff:10.1.2.3 | 198.51.100.1 | 198.51.100.1",
        "10.1.2.3 | ::ffff:198.51.100.1 | 198.51.100.1",
        "10.1.2.3 | 198.51.100.1:4711 | 198.51.100.1",
        "10.1.2.3 | [2001:db8:2::7]:4711 | 2001:db8:2::7",
        // All of them proxies: the farthest.
        "10.1.2.3 | 10.4.5.6 | 10.4.5.6",
        // What is no address was written by somebody else.
        "10.1.2.3 | 192.0.2.66, unknown | 10.1.2.3",
        "10.1.2.3 | localhost | 10.1.2.3",
        "10.1.2.3 | 192.0.2.66, | 10.1.2.3"
      })
  void walksFromTheRightPastTrustedProxies(String peer, String forwarded, String expected)
      throws UnknownHostException {
    assertThat(behindProxies.of(address(peer), List.of(forwarded))).isEqualTo(address(expected));
  }

  @Test
  void severalHeadersAreOneList() throws UnknownHostException {
    assertThat(behindProxies.of(address(PROXY), List.of("192.0.2.66", "198.51.100.1, 10.7.7.7")))
        .isEqualTo(address("198.51.100.1"));
    assertThat(behindProxies.of(address(PROXY), List.of())).isEqualTo(address(PROXY));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, 192.0.2.255, true",
    "192.0.2.0/24, 192.0.3.0, false",
    "192.0.2.128/25, 192.0.2.127, false",
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "::1, ::1, true",
    "192.0.2.0/24, ::ffff:192.0.2.7, true",
    "::ffff:192.0.2.0/120, 192.0.2.7, true",
    "::ffff:192.0.2.0/120, 192.0.3.7, false"
  })
  void blocksAreOfBothKindsOfAddresses(String block, String address, boolean contained)
      throws UnknownHostException {
    assertThat(ClientAddress.block(block).test(address(address))).isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "192.0.2.0/33",
        "192.0.2.0/",
        "192.0.2.0/-1",
        "::/129",
        "::ffff:192.0.2.0/95",
        "192.0.2"
      })
  void anythingElseIsNoBlock(String text) {
    assertThatThrownBy(() -> ClientAddress.block(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static InetAddress address(String literal) throws UnknownHostException {
    return InetAddress.getByName(literal);
  }
}
