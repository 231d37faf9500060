import io.namastack.outbox.Outbox;
import io.namastack.outbox.OutboxProcessingScheduler;
import io.namastack.outbox.handler.OutboxRecordMetadata;
import io.namastack.outbox.handler.OutboxTypedHandler;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * namastack-outbox in an application of Spring Boot: 16 threads, each with all rows of an aggregate
 * in turn; polled every 100 ms for 1,000 aggregates, and not every 2 s for 10 as by default.
 */
final class RelayNamastack implements RelayOutbox {
  private static final int THREADS = 16;

  private final RelayTopic topic;
  private final ConfigurableApplicationContext application;
  private final Outbox outbox;
  private final TransactionTemplate transactions;

  /** The application. */
  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  public static class Application {}

  /** What the outbox calls for each row. */
  public record Publishing(RelayTopic topic) implements OutboxTypedHandler<Row> {
    @Override
    public void handle(Row row, OutboxRecordMetadata metadata) {
      try {
        topic.publish(row.key(), row.body());
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    }
  }

  RelayNamastack(String url, String pubsub, int relays) {
    topic = new RelayTopic(pubsub);
    application =
        new SpringApplicationBuilder(Application.class)
            .web(WebApplicationType.NONE)
            .initializers(
                context ->
                    ((GenericApplicationContext) context)
                        .registerBean(
                            "publishing", Publishing.class, () -> new Publishing(topic)))
            .properties(
                Map.of(
                    "spring.datasource.url", url,
                    "spring.datasource.username", "postgres",
                    "spring.datasource.hikari.maximum-pool-size", THREADS + 10,
                    "spring.main.banner-mode", "off",
                    "namastack.outbox.polling.batch-size", 1_000,
                    "namastack.outbox.polling.fixed.interval", "100ms",
                    "namastack.outbox.processing.executor-core-pool-size", THREADS,
                    "namastack.outbox.processing.executor-max-pool-size", THREADS,
                    "namastack.outbox.processing.delete-completed-records", true))
            .run();
    outbox = application.getBean(Outbox.class);
    transactions = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
    stop();
  }

  @Override
  public void write(List<Row> rows) {
    transactions.executeWithoutResult(
        status -> rows.forEach(row -> outbox.schedule(row, row.key())));
  }

  @Override
  public void start() {
    application.getBean(OutboxProcessingScheduler.class).start();
  }

  @Override
  public void stop() {
    application.getBean(OutboxProcessingScheduler.class).stop();
  }

  @Override
  public void close() {
    application.close();
    topic.close();
  }
}
