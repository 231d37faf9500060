import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;

/**
 * Writes COUNT notifications of about 5 KB to standard output, one a line, each with an ID of its
 * own: GenerateNotifications COUNT [SEED]. A milestone of one of COUNT / 10 containers on one of
 * COUNT / 40 shipments, with shipment, container, port, vessel and transport event included, so that
 * each makes four writes: three rows and its ledger row.
 */
public final class GenerateNotifications {
  private static final String[] MILESTONES = {
    "empty_out", "full_in", "vessel_loaded", "vessel_departed", "vessel_arrived",
    "vessel_discharged", "full_out", "empty_in"
  };

  public static void main(String[] arguments) {
    int count = Integer.parseInt(arguments[0]);
    Random random = new Random(arguments.length > 1 ? Long.parseLong(arguments[1]) : 1);
    Instant start = Instant.parse("2026-01-01T00:00:00Z");
    try (PrintStream out =
        new PrintStream(
            new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8)) {
      for (int i = 0; i < count; i++) {
        int container = random.nextInt(Math.max(1, count / 10));
        out.print(notification(random, container, container / 4, start.plusSeconds(i)));
        out.print('\n');
      }
    }
  }

  private static String notification(Random random, int container, int shipment, Instant time) {
    String event =
        "container.transport." + MILESTONES[random.nextInt(MILESTONES.length)];
    String id = uuid(random);
    String transportEvent = uuid(random);
    String containerId = new UUID(1, container).toString();
    String shipmentId = new UUID(2, shipment).toString();
    StringBuilder rawEvents = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      rawEvents
          .append(i == 0 ? "" : ",")
          .append("{\"id\":\"%s\",\"type\":\"raw_event\"}".formatted(uuid(random)));
    }
    return """
    {"data":{"id":"%1$s","type":"webhook_notification","attributes":{"id":"%1$s","event":"%2$s",\
    "delivery_status":"pending","created_at":"%3$s"},"relationships":{"reference_object":{"data":\
    {"id":"%4$s","type":"transport_event"}},"webhook":{"data":{"id":"%5$s","type":"webhook"}}}},\
    "included":[{"id":"%6$s","type":"shipment","attributes":{"created_at":"2025-12-01T08:00:00Z",\
    "ref_numbers":["REF-%10$d"],"tags":[],"bill_of_lading_number":"BENCH%10$d",\
    "normalized_number":"BENCH%10$d","shipping_line_scac":"BNCH","shipping_line_name":"Bench Line",\
    "shipping_line_short_name":"Bench","customer_name":"Bench Customer","port_of_lading_locode":\
    "NLRTM","port_of_lading_name":"Rotterdam","port_of_discharge_locode":"USNYC",\
    "port_of_discharge_name":"New York / New Jersey","pod_vessel_name":"BENCH MARINER",\
    "pod_vessel_imo":"9000001","pod_voyage_number":"001W","destination_locode":null,\
    "destination_name":null,"destination_timezone":null,"destination_ata_at":null,\
    "destination_eta_at":null,"pol_etd_at":"2025-12-20T10:00:00Z","pol_atd_at":\
    "2025-12-20T12:00:00Z","pol_timezone":"Europe/Amsterdam","pod_eta_at":"2026-01-10T10:00:00Z",\
    "pod_original_eta_at":"2026-01-09T10:00:00Z","pod_ata_at":null,"pod_timezone":\
    "America/New_York","line_tracking_last_attempted_at":"%3$s","line_tracking_last_succeeded_at":\
    "%3$s","line_tracking_stopped_at":null,"line_tracking_stopped_reason":null},"relationships":\
    {"port_of_lading":{"data":{"id":"%8$s","type":"port"}},"port_of_discharge":{"data":{"id":\
    "%8$s","type":"port"}},"pod_terminal":{"data":null},"destination":{"data":null},\
    "destination_terminal":{"data":null},"containers":{"data":[{"id":"%7$s","type":"container"}]}}},\
    {"id":"%7$s","type":"container","attributes":{"number":"BNCU%11$07d","seal_number":null,\
    "created_at":"2025-12-01T08:00:00Z","ref_numbers":[],"pod_arrived_at":null,"pod_discharged_at":\
    null,"final_destination_full_out_at":null,"holds_at_pod_terminal":[{"name":"customs","status":\
    "hold","description":"Bench"}],"available_for_pickup":false,"equipment_type":"dry",\
    "equipment_length":40,"equipment_height":"high_cube","weight_in_lbs":43481,"pod_full_out_at":\
    null,"empty_terminated_at":null,"terminal_checked_at":"%3$s","fees_at_pod_terminal":[],\
    "pickup_lfd":null,"pickup_appointment_at":null,"pod_full_out_chassis_number":null,\
    "location_at_pod_terminal":null,"pod_last_tracking_request_at":null,\
    "shipment_last_tracking_request_at":"%3$s","availability_known":true,"pod_timezone":\
    "America/New_York","final_destination_timezone":null,"empty_terminated_timezone":\
    "America/New_York"},"relationships":{"shipment":{"data":{"id":"%6$s","type":"shipment"}},\
    "pod_terminal":{"data":null},"transport_events":{"data":[{"id":"%4$s","type":\
    "transport_event"}]},"raw_events":{"data":[%12$s]}}},{"id":"%8$s","type":"port","attributes":\
    {"id":"%8$s","name":"New York / New Jersey","code":"USNYC","state_abbr":"NY","city":"New York",\
    "country_code":"US","latitude":"40.684996498","longitude":"-74.151115685","time_zone":\
    "America/New_York"}},{"id":"%9$s","type":"vessel","attributes":{"name":"BENCH MARINER","imo":\
    "9000001","mmsi":"200000001","latitude":-12.5,"longitude":25.25,"nautical_speed_knots":14,\
    "navigational_heading_degrees":90,"position_timestamp":"%3$s"}},{"id":"%4$s","type":\
    "transport_event","attributes":{"event":"%2$s","created_at":"%3$s","voyage_number":"001W",\
    "timestamp":"%3$s","data_source":"shipping_line","location_locode":"USNYC","timezone":\
    "America/New_York"},"relationships":{"shipment":{"data":{"id":"%6$s","type":"shipment"}},\
    "container":{"data":{"id":"%7$s","type":"container"}},"vessel":{"data":{"id":"%9$s","type":\
    "vessel"}},"location":{"data":{"id":"%8$s","type":"port"}},"terminal":{"data":null}}}]}"""
        .formatted(
            id,
            event,
            time,
            transportEvent,
            new UUID(3, 0),
            shipmentId,
            containerId,
            new UUID(4, 0),
            new UUID(5, 0),
            shipment,
            container,
            rawEvents);
  }

  /** Random, and the same for the same seed. */
  private static String uuid(Random random) {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }
}
