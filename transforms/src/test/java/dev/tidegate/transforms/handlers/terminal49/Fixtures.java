package dev.tidegate.transforms.handlers.terminal49;

/** Resources in Terminal49's shapes, as JSON with single quotes. */
final class Fixtures {
  static final String SHIPMENT =
      """
      {'id': 's-1', 'type': 'shipment',
       'attributes': {
         'created_at': '2026-02-01T09:00:00Z', 'ref_numbers': ['PO-77'], 'tags': [],
         'bill_of_lading_number': 'NBLX26020011', 'normalized_number': '26020011',
         'shipping_line_scac': 'NBLX', 'shipping_line_name': 'Nimbus Box Lines',
         'shipping_line_short_name': 'Nimbus', 'customer_name': 'Alder Outdoor',
         'port_of_lading_locode': 'CNNGB', 'port_of_lading_name': 'Ningbo',
         'port_of_discharge_locode': 'USLAX', 'port_of_discharge_name': 'Los Angeles',
         'pod_vessel_name': 'NIMBUS PETREL', 'pod_vessel_imo': '9990017',
         'pod_voyage_number': '011E', 'destination_locode': null, 'destination_name': null,
         'destination_timezone': null, 'destination_ata_at': null, 'destination_eta_at': null,
         'pol_etd_at': null, 'pol_atd_at': '2026-02-08T20:00:00Z', 'pol_timezone': 'Asia/Shanghai',
         'pod_eta_at': '2026-03-01T03:30:00-08:00', 'pod_original_eta_at': '2026-02-27T16:00:00Z',
         'pod_ata_at': null, 'pod_timezone': 'America/Los_Angeles',
         'line_tracking_last_attempted_at': '2026-03-02T07:00:00Z',
         'line_tracking_last_succeeded_at': null, 'line_tracking_stopped_at': null,
         'line_tracking_stopped_reason': 'account_closed'},
       'relationships': {
         'port_of_lading': {'data': {'id': 'p-ngb', 'type': 'port'}},
         'port_of_discharge': {'data': {'id': 'p-lax', 'type': 'port'}},
         'pod_terminal': {'data': {'id': 't-1', 'type': 'terminal'}},
         'destination': {'data': null},
         'destination_terminal': {'data': null},
         'line_tracking_stopped_by_user': {'data': null},
         'containers': {'data': [{'id': 'c-1', 'type': 'container'}]}},
       'links': {'self': '/v2/shipments/another-id'}}
      """;

  static final String CONTAINER =
      """
      {'id': 'c-1', 'type': 'container',
       'attributes': {
         'number': 'NBLU2048175', 'seal_number': null, 'created_at': '2026-02-01 09:00:01 UTC',
         'ref_numbers': [], 'pod_arrived_at': '2026-03-01T15:00:00Z', 'pod_discharged_at': null,
         'final_destination_full_out_at': null,
         'holds_at_pod_terminal': [{'name': 'customs', 'status': 'hold', 'description': null}],
         'available_for_pickup': false, 'equipment_type': 'reefer', 'equipment_length': 40,
         'equipment_height': 'high_cube', 'weight_in_lbs': 38120.50, 'pod_full_out_at': null,
         'empty_terminated_at': null, 'terminal_checked_at': null, 'fees_at_pod_terminal': [],
         'pickup_lfd': '2026-03-07T08:00:00Z', 'pickup_appointment_at': null,
         'pod_full_out_chassis_number': null, 'location_at_pod_terminal': null,
         'pod_last_tracking_request_at': null, 'shipment_last_tracking_request_at': null,
         'availability_known': true, 'pod_timezone': 'America/Los_Angeles',
         'final_destination_timezone': null, 'empty_terminated_timezone': null},
       'relationships': {
         'shipment': {'data': {'id': 's-1', 'type': 'shipment'}},
         'pod_terminal': {'data': {'id': 't-1', 'type': 'terminal'}},
         'transport_events': {'data': [{'id': 'e-1', 'type': 'transport_event'}]},
         'raw_events': {'data': []}}}
      """;

  static final String TRANSPORT_EVENT =
      """
      {'id': 'e-1', 'type': 'transport_event',
       'attributes': {
         'event': 'container.transport.vessel_arrived', 'created_at': '2026-03-02T07:59:58Z',
         'voyage_number': '011E', 'timestamp': '2026-03-01T15:00:00Z',
         'data_source': 'shipping_line', 'location_locode': 'USLAX',
         'timezone': 'America/Los_Angeles'},
       'relationships': {
         'shipment': {'data': {'id': 's-1', 'type': 'shipment'}},
         'container': {'data': {'id': 'c-1', 'type': 'container'}},
         'vessel': {'data': {'id': 'v-1', 'type': 'vessel'}},
         'location': {'data': {'id': 'p-lax', 'type': 'port'}},
         'terminal': {'data': null}}}
      """;

  static final String VESSEL =
      """
      {'id': 'v-1', 'type': 'vessel',
       'attributes': {'name': 'NIMBUS PETREL', 'imo': '9990017', 'mmsi': '999000170',
         'latitude': 33.7, 'longitude': -118.2}}
      """;

  static final String PORT =
      """
      {'id': 'p-lax', 'type': 'port',
       'attributes': {'id': 'p-lax', 'name': 'Los Angeles', 'code': 'USLAX', 'country_code': 'US',
         'latitude': '33.728', 'longitude': '-118.256', 'time_zone': 'America/Los_Angeles'}}
      """;

  static final String TERMINAL =
      """
      {'id': 't-1', 'type': 'terminal',
       'attributes': {'id': 't-1', 'nickname': 'P9', 'name': 'Pier 9', 'firms_code': 'Z901',
         'provided_data': {'pickup_lfd': true, 'pickup_lfd_notes': ''}},
       'relationships': {'port': {'data': {'id': 'p-lax', 'type': 'port'}}}}
      """;

  static final String TRACKING_REQUEST =
      """
      {'id': 'r-1', 'type': 'tracking_request',
       'attributes': {
         'request_number': 'NBLX26020011', 'request_type': 'bill_of_lading', 'scac': 'NBLX',
         'ref_numbers': [], 'shipment_tags': ['spring'], 'created_at': '2026-02-01T08:59:00Z',
         'updated_at': '2026-02-01T09:00:00Z', 'status': 'created', 'failed_reason': null,
         'is_retrying': false, 'retry_count': null},
       'relationships': {
         'tracked_object': {'data': {'id': 's-1', 'type': 'shipment'}},
         'customer': {'data': null}, 'user': {'data': null}},
       'links': {'self': '/v2/tracking_requests/another-id'}}
      """;

  static final String CREATED_EVENT =
      """
      {'id': 'k-1', 'type': 'container_created_event',
       'attributes': {'timestamp': '2026-03-02 07:00:00 UTC', 'timezone': 'Etc/UTC'},
       'relationships': {'container': {'data': {'id': 'c-1', 'type': 'container'}}}}
      """;

  static final String UPDATED_EVENT =
      """
      {'id': 'u-1', 'type': 'container_updated_event',
       'attributes': {'timestamp': '2026-03-02 07:59:00 UTC', 'data_source': 'terminal',
         'timezone': 'America/New_York', 'changeset': {'x': [1, 2]}},
       'relationships': {'container': {'data': {'id': 'c-1', 'type': 'container'}},
         'terminal': {'data': {'id': 't-1', 'type': 'terminal'}}}}
      """;

  static final String POD_TERMINAL_CHANGED_EVENT =
      """
      {'id': 'd-1', 'type': 'container_pod_terminal_changed_event',
       'attributes': {'timestamp': '2026-03-02T07:59:00Z', 'data_source': 'shipping_line'},
       'relationships': {'container': {'data': {'id': 'c-1', 'type': 'container'}},
         'shipment': {'data': {'id': 's-1', 'type': 'shipment'}},
         'terminal': {'data': {'id': 't-2', 'type': 'terminal'}}}}
      """;

  static final String DEADLINE_EVENT =
      """
      {'id': 'e-5', 'type': 'transport_event',
       'attributes': {'value': '2026-03-09T08:00:00Z', 'timestamp': '2026-03-09T08:00:00Z',
         'timezone': 'America/Los_Angeles'},
       'relationships': {'container': {'data': {'id': 'c-1', 'type': 'container'}}}}
      """;

  static final String ESTIMATED_EVENT =
      """
      {'id': 'e-7', 'type': 'estimated_event',
       'attributes': {'event': 'shipment.estimated.arrival', 'created_at': '2026-03-02T07:59:00Z',
         'estimated_timestamp': '2026-03-09T07:00:00-07:00', 'voyage_number': '011E',
         'location_locode': 'USLAX', 'data_source': 'shipping_line',
         'timezone': 'America/Los_Angeles'},
       'relationships': {'shipment': {'data': {'id': 's-1', 'type': 'shipment'}},
         'port': {'data': {'id': 'p-lax', 'type': 'port'}},
         'vessel': {'data': {'id': 'v-1', 'type': 'vessel'}}}}
      """;

  static final String DOCUMENT =
      """
      {'id': 'o-1', 'type': 'document',
       'attributes': {'name': 'bill.pdf', 'document_type': 'bill_of_lading', 'source': 'upload',
         'file_name': 'bill.pdf', 'file_content_type': 'application/pdf',
         'file_size_bytes': 120034, 'created_at': '2026-03-02T07:58:00Z',
         'updated_at': '2026-03-02T07:59:00Z', 'pages': 3},
       'relationships': {
         'email_submission': {'data': {'id': 'm-1', 'type': 'email_submission'}},
         'last_document_representation': {
           'data': {'id': 'x-1', 'type': 'document_representation'}},
         'shipments': {'data': [{'id': 's-1', 'type': 'shipment'}]},
         'cargos': {'data': []}}}
      """;

  static final String DOCUMENT_REPRESENTATION =
      """
      {'id': 'x-1', 'type': 'document_representation',
       'attributes': {'schema_version': '2026-03-01', 'payload': {'number': 'NBLX26020011'},
         'created_at': '2026-03-02T07:59:00Z', 'updated_at': '2026-03-02T07:59:00Z'}}
      """;

  static final String EMAIL_SUBMISSION =
      """
      {'id': 'm-1', 'type': 'email_submission',
       'attributes': {'subject': null, 'from': ['a@example.com'],
         'sent_at': '2026-03-02T00:58:00-07:00'}}
      """;

  private Fixtures() {}
}
