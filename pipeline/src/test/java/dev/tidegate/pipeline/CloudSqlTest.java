package dev.tidegate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.postgresql.core.SocketFactoryFactory;

/** Cloud SQL is reached by a JDBC URL that names its socket factory, without an option of ours. */
class CloudSqlTest {
  private static final String SOCKET_FACTORY = "com.google.cloud.sql.postgres.SocketFactory";

  @Test
  void theDriverFindsTheSocketFactoryThatAUrlNames() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("socketFactory", SOCKET_FACTORY);
    properties.setProperty("cloudSqlInstance", "project:region:instance");

    SocketFactory factory = SocketFactoryFactory.getSocketFactory(properties);

    assertThat(factory.getClass().getName()).isEqualTo(SOCKET_FACTORY);
  }
}
