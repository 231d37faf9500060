-- What Terminal49's notifications say of shipments, containers, milestones, tracking requests,
-- documents, vessels and places.
--
-- The names are those that applications around Terminal49 already query. A test holds the columns
-- and the table definitions in the code together.
--
-- <group>_version is the newest version of the columns of that group: time, and hash of notification
-- ID and content (V1__ledger.sql). A column that this version did not mention has its own in
-- column_versions, which is null in nearly every row. updated_at and updated_xid are technical: when
-- a value of the row last changed here, and in which transaction. They say nothing of when anything
-- happened there. Applications that look for what has changed go by updated_xid (docs/changes.md).
--
-- There are no foreign keys: a container may arrive before its shipment, a milestone before its
-- container, and some never learn whose they are.

CREATE TABLE shipments (
  tenant_id                       text        NOT NULL,
  t49_shipment_id                 text        NOT NULL,
  bill_of_lading_number           text,
  shipping_line_scac              text,
  shipping_line_name              text,
  ref_numbers                     jsonb,
  port_of_lading_locode           text,
  port_of_lading_name             text,
  port_of_discharge_locode        text,
  port_of_discharge_name          text,
  destination_locode              text,
  destination_name                text,
  pod_vessel_name                 text,
  pod_vessel_imo                  text,
  pod_voyage_number               text,
  pol_etd_at                      timestamptz,
  pol_atd_at                      timestamptz,
  pol_timezone                    text,
  pod_eta_at                      timestamptz,
  pod_ata_at                      timestamptz,
  pod_timezone                    text,
  destination_eta_at              timestamptz,
  destination_ata_at              timestamptz,
  destination_timezone            text,
  created_at                      timestamptz,
  normalized_number               text,
  shipping_line_short_name        text,
  customer_name                   text,
  tags                            jsonb,
  pod_original_eta_at             timestamptz,
  line_tracking_last_attempted_at timestamptz,
  line_tracking_last_succeeded_at timestamptz,
  line_tracking_stopped_at        timestamptz,
  line_tracking_stopped_reason    text,
  t49_port_of_lading_id           text,
  t49_port_of_discharge_id        text,
  t49_pod_terminal_id             text,
  t49_destination_id              text,
  t49_destination_terminal_id     text,
  extra                           jsonb,
  facts_version                   bytea,
  details_version                 bytea,
  places_version                  bytea,
  destination_terminal_version    bytea,
  extra_version                   bytea,
  column_versions                 jsonb,
  updated_at                      timestamptz NOT NULL DEFAULT now(),
  updated_xid                     xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_shipment_id)
);

COMMENT ON TABLE shipments IS
  'Shipments of Terminal49: a bill of lading or a booking. A column is null where the provider '
  'said nothing of it, or said that there is nothing. Times are in UTC. Where the time zone '
  'beside a time is null, the time is the local clock of the place, read as UTC.';
COMMENT ON COLUMN shipments.t49_shipment_id IS 'The provider''s ID of the shipment.';
COMMENT ON COLUMN shipments.bill_of_lading_number IS 'The number of the bill of lading or booking.';
COMMENT ON COLUMN shipments.shipping_line_scac IS
  'The SCAC of the shipping line, such as MAEU.';
COMMENT ON COLUMN shipments.shipping_line_name IS 'The name of the shipping line.';
COMMENT ON COLUMN shipments.ref_numbers IS
  'The customer''s reference numbers: a JSON array of texts.';
COMMENT ON COLUMN shipments.port_of_lading_locode IS
  'The UN/LOCODE of the port where it is loaded.';
COMMENT ON COLUMN shipments.port_of_lading_name IS 'The name of the port where it is loaded.';
COMMENT ON COLUMN shipments.port_of_discharge_locode IS
  'The UN/LOCODE of the port where it is unloaded.';
COMMENT ON COLUMN shipments.port_of_discharge_name IS 'The name of the port where it is unloaded.';
COMMENT ON COLUMN shipments.destination_locode IS 'The UN/LOCODE of the final destination.';
COMMENT ON COLUMN shipments.destination_name IS 'The name of the final destination.';
COMMENT ON COLUMN shipments.pod_vessel_name IS
  'The vessel that brings it to the port of discharge.';
COMMENT ON COLUMN shipments.pod_vessel_imo IS 'The IMO number of that vessel.';
COMMENT ON COLUMN shipments.pod_voyage_number IS 'The number of that vessel''s voyage.';
COMMENT ON COLUMN shipments.pol_etd_at IS
  'When it is expected to leave the port of lading. The zone is pol_timezone.';
COMMENT ON COLUMN shipments.pol_atd_at IS
  'When it left the port of lading. The zone is pol_timezone.';
COMMENT ON COLUMN shipments.pol_timezone IS
  'The time zone of the port of lading, such as Asia/Shanghai, as the provider gave it.';
COMMENT ON COLUMN shipments.pod_eta_at IS
  'When it is expected at the port of discharge. The zone is pod_timezone.';
COMMENT ON COLUMN shipments.pod_ata_at IS
  'When it arrived at the port of discharge. The zone is pod_timezone.';
COMMENT ON COLUMN shipments.pod_timezone IS
  'The time zone of the port of discharge, as the provider gave it.';
COMMENT ON COLUMN shipments.destination_eta_at IS
  'When it is expected at the destination. The zone is destination_timezone.';
COMMENT ON COLUMN shipments.destination_ata_at IS
  'When it arrived at the destination. The zone is destination_timezone.';
COMMENT ON COLUMN shipments.destination_timezone IS
  'The time zone of the destination, as the provider gave it.';
COMMENT ON COLUMN shipments.created_at IS 'When the provider made its record of the shipment.';
COMMENT ON COLUMN shipments.normalized_number IS
  'The number as the provider searches for it. It may differ from the bill of lading by more than '
  'its prefix.';
COMMENT ON COLUMN shipments.shipping_line_short_name IS 'The short name of the shipping line.';
COMMENT ON COLUMN shipments.customer_name IS 'The name of the customer.';
COMMENT ON COLUMN shipments.tags IS 'The tags that users gave the shipment: a JSON array of texts.';
COMMENT ON COLUMN shipments.pod_original_eta_at IS
  'The first estimate of the arrival at the port of discharge. The zone is pod_timezone.';
COMMENT ON COLUMN shipments.line_tracking_last_attempted_at IS
  'When the provider last asked the shipping line.';
COMMENT ON COLUMN shipments.line_tracking_last_succeeded_at IS
  'When the shipping line last answered the provider.';
COMMENT ON COLUMN shipments.line_tracking_stopped_at IS
  'When the provider stopped to track the shipment. Null while it is tracked.';
COMMENT ON COLUMN shipments.line_tracking_stopped_reason IS
  'Why the tracking stopped, such as all_containers_terminated. Null while it is tracked.';
COMMENT ON COLUMN shipments.t49_port_of_lading_id IS 'The port of lading: a port in locations.';
COMMENT ON COLUMN shipments.t49_port_of_discharge_id IS
  'The port of discharge: a port in locations.';
COMMENT ON COLUMN shipments.t49_pod_terminal_id IS
  'The terminal at the port of discharge: a terminal in locations.';
COMMENT ON COLUMN shipments.t49_destination_id IS
  'The destination: a port or a metro_area in locations.';
COMMENT ON COLUMN shipments.t49_destination_terminal_id IS
  'The terminal at the destination: a terminal or a rail_terminal in locations.';

CREATE INDEX shipments_updated_xid ON shipments (tenant_id, updated_xid);

CREATE INDEX shipments_bill_of_lading_number ON shipments (tenant_id, bill_of_lading_number);
CREATE INDEX shipments_normalized_number ON shipments (tenant_id, normalized_number);
CREATE INDEX shipments_shipping_line_scac ON shipments (tenant_id, shipping_line_scac);
-- Arrivals at a port, soonest first.
CREATE INDEX shipments_port_of_discharge
  ON shipments (tenant_id, port_of_discharge_locode, pod_eta_at);

CREATE TABLE containers (
  tenant_id                         text        NOT NULL,
  t49_container_id                  text        NOT NULL,
  number                            text,
  seal_number                       text,
  created_at                        timestamptz,
  equipment_type                    text,
  equipment_length                  bigint,
  equipment_height                  text,
  weight_in_lbs                     numeric,
  availability_known                boolean,
  available_for_pickup              boolean,
  holds_at_pod_terminal             jsonb,
  fees_at_pod_terminal              jsonb,
  pod_arrived_at                    timestamptz,
  pod_discharged_at                 timestamptz,
  pod_full_out_at                   timestamptz,
  final_destination_full_out_at     timestamptz,
  empty_terminated_at               timestamptz,
  ref_numbers                       jsonb,
  location_at_pod_terminal          text,
  pod_full_out_chassis_number       text,
  terminal_checked_at               timestamptz,
  pod_last_tracking_request_at      timestamptz,
  shipment_last_tracking_request_at timestamptz,
  pod_timezone                      text,
  final_destination_timezone        text,
  empty_terminated_timezone         text,
  t49_shipment_id                   text,
  t49_pod_terminal_id               text,
  t49_pickup_facility_id            text,
  current_status                    text,
  pickup_lfd                        timestamptz,
  pickup_lfd_terminal               timestamptz,
  pickup_lfd_rail                   timestamptz,
  pickup_lfd_line                   timestamptz,
  pickup_appointment_at             timestamptz,
  pod_rail_carrier_scac             text,
  ind_rail_carrier_scac             text,
  pod_rail_loaded_at                timestamptz,
  pod_rail_departed_at              timestamptz,
  ind_eta_at                        timestamptz,
  ind_ata_at                        timestamptz,
  ind_rail_unloaded_at              timestamptz,
  extra                             jsonb,
  identity_version                  bytea,
  state_version                     bytea,
  details_version                   bytea,
  shipment_version                  bytea,
  pod_terminal_version              bytea,
  pickup_facility_version           bytea,
  status_version                    bytea,
  pickup_lfd_version                bytea,
  pickup_lfd_terminal_version       bytea,
  pickup_lfd_rail_version           bytea,
  pickup_lfd_line_version           bytea,
  pickup_appointment_version        bytea,
  rail_version                      bytea,
  extra_version                     bytea,
  column_versions                   jsonb,
  updated_at                        timestamptz NOT NULL DEFAULT now(),
  updated_xid                       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_container_id)
);

COMMENT ON TABLE containers IS
  'Containers of Terminal49''s shipments. A column is null where the provider said nothing of it, '
  'or said that there is nothing. Times are in UTC. Where the time zone of a place is null, its '
  'times are the local clock, read as UTC. A last free day is midnight at the place.';
COMMENT ON COLUMN containers.t49_container_id IS 'The provider''s ID of the container.';
COMMENT ON COLUMN containers.number IS 'The container number, such as MSCU1234567.';
COMMENT ON COLUMN containers.seal_number IS 'The number of the seal.';
COMMENT ON COLUMN containers.created_at IS 'When the provider made its record of the container.';
COMMENT ON COLUMN containers.equipment_type IS
  'The kind of container: dry, reefer, open top, flat rack, bulk or tank.';
COMMENT ON COLUMN containers.equipment_length IS 'The length in feet: 10, 20, 40 or 45.';
COMMENT ON COLUMN containers.equipment_height IS 'The height: standard or high_cube.';
COMMENT ON COLUMN containers.weight_in_lbs IS 'The weight in pounds.';
COMMENT ON COLUMN containers.availability_known IS
  'Whether the provider knows if the container can be picked up.';
COMMENT ON COLUMN containers.available_for_pickup IS
  'Whether the terminal says that the container can be picked up.';
COMMENT ON COLUMN containers.holds_at_pod_terminal IS
  'What keeps the container at the terminal: a JSON array of {"name", "status", "description"}. '
  'The status is hold or pending.';
COMMENT ON COLUMN containers.fees_at_pod_terminal IS
  'The fees that are due at the terminal: a JSON array of {"type", "amount", "currency_code"}.';
COMMENT ON COLUMN containers.pod_arrived_at IS
  'When its vessel arrived at the port of discharge. The zone is pod_timezone.';
COMMENT ON COLUMN containers.pod_discharged_at IS
  'When it was unloaded at the port of discharge. The zone is pod_timezone.';
COMMENT ON COLUMN containers.pod_full_out_at IS
  'When it left the terminal at the port of discharge, full. The zone is pod_timezone.';
COMMENT ON COLUMN containers.final_destination_full_out_at IS
  'When it left the terminal at its destination, full. The zone is final_destination_timezone.';
COMMENT ON COLUMN containers.empty_terminated_at IS
  'When it was returned empty. The zone is empty_terminated_timezone.';
COMMENT ON COLUMN containers.ref_numbers IS
  'The customer''s reference numbers: a JSON array of texts.';
COMMENT ON COLUMN containers.location_at_pod_terminal IS
  'Where in the terminal it stands, in the terminal''s words.';
COMMENT ON COLUMN containers.pod_full_out_chassis_number IS
  'The number of the chassis on which it left the terminal.';
COMMENT ON COLUMN containers.terminal_checked_at IS 'When the provider last asked the terminal.';
COMMENT ON COLUMN containers.pod_last_tracking_request_at IS
  'When the provider last asked about the container at the port of discharge.';
COMMENT ON COLUMN containers.shipment_last_tracking_request_at IS
  'When the provider last asked about its shipment.';
COMMENT ON COLUMN containers.pod_timezone IS
  'The time zone of the port of discharge, as the provider gave it.';
COMMENT ON COLUMN containers.final_destination_timezone IS
  'The time zone of the destination, as the provider gave it.';
COMMENT ON COLUMN containers.empty_terminated_timezone IS
  'The time zone of the place where it was returned, as the provider gave it.';
COMMENT ON COLUMN containers.t49_shipment_id IS
  'Its shipment. Null where no shipment is known yet, or where the provider says that there is '
  'none. The shipment may not be stored yet.';
COMMENT ON COLUMN containers.t49_pod_terminal_id IS
  'The terminal at the port of discharge: a terminal or a rail_terminal in locations.';
COMMENT ON COLUMN containers.t49_pickup_facility_id IS
  'Where it is to be picked up: a terminal or a rail_terminal in locations.';
COMMENT ON COLUMN containers.current_status IS
  'The status as the provider named it. Null in nearly every row: ask containers_current, whose '
  'status is never null.';
COMMENT ON COLUMN containers.pickup_lfd IS
  'The last free day that counts: the first known of line, terminal and rail. The zone is '
  'pod_timezone, and final_destination_timezone where it is the one of rail.';
COMMENT ON COLUMN containers.pickup_lfd_terminal IS
  'The last free day of the terminal. The zone is pod_timezone.';
COMMENT ON COLUMN containers.pickup_lfd_rail IS
  'The last free day of the railway. The zone is final_destination_timezone.';
COMMENT ON COLUMN containers.pickup_lfd_line IS
  'The last free day of the shipping line. The zone is pod_timezone.';
COMMENT ON COLUMN containers.pickup_appointment_at IS
  'When it is to be picked up, by appointment. The zone is pod_timezone.';
COMMENT ON COLUMN containers.pod_rail_carrier_scac IS
  'The SCAC of the railway that takes it from the port of discharge.';
COMMENT ON COLUMN containers.ind_rail_carrier_scac IS
  'The SCAC of the railway that brings it to the inland destination.';
COMMENT ON COLUMN containers.pod_rail_loaded_at IS
  'When it was loaded on a train at the port of discharge.';
COMMENT ON COLUMN containers.pod_rail_departed_at IS 'When its train left the port of discharge.';
COMMENT ON COLUMN containers.ind_eta_at IS 'When it is expected at the inland destination.';
COMMENT ON COLUMN containers.ind_ata_at IS 'When it arrived at the inland destination.';
COMMENT ON COLUMN containers.ind_rail_unloaded_at IS
  'When it was unloaded from the train at the inland destination.';

CREATE INDEX containers_updated_xid ON containers (tenant_id, updated_xid);

CREATE INDEX containers_number ON containers (tenant_id, number);
CREATE INDEX containers_shipment ON containers (tenant_id, t49_shipment_id);
-- Most containers have neither: partial indexes leave their updates alone.
CREATE INDEX containers_pickup_lfd
  ON containers (tenant_id, pickup_lfd) WHERE pickup_lfd IS NOT NULL;
CREATE INDEX containers_current_status
  ON containers (tenant_id, current_status) WHERE current_status IS NOT NULL;

CREATE TABLE container_statuses (
  tenant_id        text        NOT NULL,
  t49_container_id text        NOT NULL,
  current_status   text        NOT NULL,
  status_source    text        NOT NULL
    CHECK (status_source IN ('provider', 'milestones', 'times', 'none')),
  status_evidence  text,
  status_since     timestamptz,
  location_locode  text,
  previous_status  text,
  status_xid       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  updated_xid      xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_container_id)
);

COMMENT ON TABLE container_statuses IS
  'The status of each container. It follows from the container''s row, its milestones and its '
  'shipment, by the rule container_status_rule. A row is out of date while the container is in '
  'container_statuses_stale, for two seconds as a rule. containers_current is always exact.';
COMMENT ON COLUMN container_statuses.t49_container_id IS 'The provider''s ID of the container.';
COMMENT ON COLUMN container_statuses.current_status IS
  'The status, such as on_ship or available. new where nothing is known.';
COMMENT ON COLUMN container_statuses.status_source IS
  'What the status follows from: provider (what the provider called it), milestones, times (those '
  'in the container''s row), or none.';
COMMENT ON COLUMN container_statuses.status_evidence IS
  'The evidence for the status: the type of a milestone, the name of a time in containers, or '
  'current_status for what the provider called it. Null where nothing is known.';
COMMENT ON COLUMN container_statuses.status_since IS
  'The time of that milestone or column. Null where it has no time, and where the provider gave '
  'the status: it does not say since when.';
COMMENT ON COLUMN container_statuses.location_locode IS
  'The UN/LOCODE of the place of the latest milestone that has a place. Null where no milestone '
  'has one.';
COMMENT ON COLUMN container_statuses.previous_status IS
  'What current_status was before it changed last. Null where it has never changed.';
COMMENT ON COLUMN container_statuses.status_xid IS
  'The transaction that changed current_status last. Programs that follow statuses poll by it '
  '(docs/changes.md).';

CREATE INDEX container_statuses_current_status ON container_statuses (tenant_id, current_status);
CREATE INDEX container_statuses_updated_xid ON container_statuses (tenant_id, updated_xid);
CREATE INDEX container_statuses_status_xid ON container_statuses (tenant_id, status_xid);

CREATE TABLE container_statuses_stale (
  tenant_id        text        NOT NULL,
  t49_container_id text        NOT NULL,
  updated_at       timestamptz NOT NULL DEFAULT now(),
  updated_xid      xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_container_id)
);

COMMENT ON TABLE container_statuses_stale IS
  'Containers whose status in container_statuses is out of date. Triggers write these rows. The '
  'pipeline works them off every two seconds. Until then the views work the status out.';
COMMENT ON COLUMN container_statuses_stale.t49_container_id IS
  'The provider''s ID of the container.';
COMMENT ON COLUMN container_statuses_stale.updated_at IS
  'When the transaction began that made the status stale last.';
COMMENT ON COLUMN container_statuses_stale.updated_xid IS
  'The transaction that made the status stale last.';

-- Rows come and go all the time: what is dead is cleared away early.
ALTER TABLE container_statuses_stale SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
  autovacuum_vacuum_cost_delay = 0);

CREATE TABLE container_events (
  tenant_id            text        NOT NULL,
  t49_event_id         text        NOT NULL,
  resource_type        text        NOT NULL,
  event_type           text,
  reported_event_type  text,
  event_timestamp      timestamptz,
  timezone             text,
  location_locode      text,
  voyage_number        text,
  data_source          text,
  created_at           timestamptz,
  value                jsonb,
  t49_container_id     text,
  t49_shipment_id      text,
  t49_vessel_id        text,
  vessel_name          text,
  vessel_imo           text,
  t49_location_id      text,
  location_name        text,
  t49_terminal_id      text,
  terminal_name        text,
  invalidated_at       timestamptz,
  extra                jsonb,
  type_version         bytea,
  facts_version        bytea,
  value_version        bytea,
  links_version        bytea,
  vessel_version       bytea,
  location_version     bytea,
  terminal_version     bytea,
  invalidation_version bytea,
  extra_version        bytea,
  column_versions      jsonb,
  updated_at           timestamptz NOT NULL DEFAULT now(),
  updated_xid          xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_event_id, resource_type)
);

COMMENT ON TABLE container_events IS
  'What Terminal49 told of containers: milestones, estimates, changed deadlines and updates. A '
  'column is null where the provider said nothing of it, or said that there is nothing. '
  'container_timeline has the milestones and estimates with their names.';
COMMENT ON COLUMN container_events.t49_event_id IS
  'The provider''s ID of the event. It is unique among events of one resource_type.';
COMMENT ON COLUMN container_events.resource_type IS
  'The kind of event: transport_event, container_created_event, container_updated_event or '
  'container_pod_terminal_changed_event.';
COMMENT ON COLUMN container_events.event_type IS
  'What the notification called the event, such as container.transport.vessel_arrived.';
COMMENT ON COLUMN container_events.reported_event_type IS
  'What the event itself is called. Older notifications call the estimate of an arrival an '
  'arrival.';
COMMENT ON COLUMN container_events.event_timestamp IS
  'When it happened or is expected. The zone is timezone.';
COMMENT ON COLUMN container_events.timezone IS
  'The time zone of the place, as the provider gave it. Where it is null, event_timestamp is the '
  'local clock of the place, read as UTC.';
COMMENT ON COLUMN container_events.location_locode IS 'The UN/LOCODE of the place.';
COMMENT ON COLUMN container_events.voyage_number IS 'The number of the vessel''s voyage.';
COMMENT ON COLUMN container_events.data_source IS
  'Who told it to the provider, such as shipping_line, terminal or ais.';
COMMENT ON COLUMN container_events.created_at IS 'When the provider learnt it.';
COMMENT ON COLUMN container_events.value IS
  'The new value of a changed deadline or appointment. Null for other events.';
COMMENT ON COLUMN container_events.t49_container_id IS
  'The container. Null where the notification did not say whose event it is.';
COMMENT ON COLUMN container_events.t49_shipment_id IS
  'The shipment. Null where the notification did not say it.';
COMMENT ON COLUMN container_events.t49_vessel_id IS 'The vessel, in vessels.';
COMMENT ON COLUMN container_events.vessel_name IS
  'The name of the vessel, as the event came with it. Null where it came without: vessels may '
  'know it.';
COMMENT ON COLUMN container_events.vessel_imo IS
  'The IMO number of the vessel, as the event came with it. Null where it came without: vessels '
  'may know it.';
COMMENT ON COLUMN container_events.t49_location_id IS
  'The place: a port or a metro_area in locations.';
COMMENT ON COLUMN container_events.location_name IS
  'The name of the place, as the event came with it. Null where it came without: locations may '
  'know it.';
COMMENT ON COLUMN container_events.t49_terminal_id IS
  'The terminal: a terminal or a rail_terminal in locations.';
COMMENT ON COLUMN container_events.terminal_name IS
  'The name of the terminal, as the event came with it. Null where it came without: locations may '
  'know it.';
COMMENT ON COLUMN container_events.invalidated_at IS
  'When the provider took the event back. Null while it is valid. A correction is an event with '
  'an ID of its own.';

CREATE INDEX container_events_updated_xid ON container_events (tenant_id, updated_xid);

-- A container's latest milestone, and its story backwards.
CREATE INDEX container_events_container
  ON container_events (tenant_id, t49_container_id, event_timestamp DESC);
CREATE INDEX container_events_location ON container_events (tenant_id, location_locode);
-- Events of a place that is not stored yet, or has no locode.
CREATE INDEX container_events_place ON container_events (tenant_id, t49_location_id)
  WHERE location_locode IS NULL AND t49_location_id IS NOT NULL;

CREATE TABLE container_changes (
  tenant_id        text        NOT NULL,
  t49_event_id     text        NOT NULL,
  event_type       text        NOT NULL,
  field            text        NOT NULL,
  before           jsonb,
  after            jsonb,
  changed_at       timestamptz,
  timezone         text,
  data_source      text,
  t49_container_id text,
  t49_shipment_id  text,
  t49_terminal_id  text,
  change_version   bytea,
  column_versions  jsonb,
  updated_at       timestamptz NOT NULL DEFAULT now(),
  updated_xid      xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_event_id, event_type, field)
);

COMMENT ON TABLE container_changes IS
  'What updates changed on containers: one row for each field, with its value before and after.';
COMMENT ON COLUMN container_changes.t49_event_id IS 'The update, in container_events.';
COMMENT ON COLUMN container_changes.event_type IS
  'container.updated or container.pod_terminal_changed.';
COMMENT ON COLUMN container_changes.field IS 'The name of the field, as the provider calls it.';
COMMENT ON COLUMN container_changes.before IS
  'The value before, as the provider gave it. Null where there was none, or the notification does '
  'not say it.';
COMMENT ON COLUMN container_changes.after IS
  'The value after, as the provider gave it. Null where there is none any more.';
COMMENT ON COLUMN container_changes.changed_at IS 'When it changed. The zone is timezone.';
COMMENT ON COLUMN container_changes.timezone IS
  'The time zone of the place, as the provider gave it. Null where it is not known.';
COMMENT ON COLUMN container_changes.data_source IS
  'Who told it to the provider. Null where the notification does not say it.';
COMMENT ON COLUMN container_changes.t49_container_id IS
  'The container. Null where the notification does not say it.';
COMMENT ON COLUMN container_changes.t49_shipment_id IS
  'The shipment. Null where the notification does not say it.';
COMMENT ON COLUMN container_changes.t49_terminal_id IS
  'The terminal, in locations. Null where the notification does not say it.';

CREATE INDEX container_changes_updated_xid ON container_changes (tenant_id, updated_xid);

CREATE INDEX container_changes_container
  ON container_changes (tenant_id, t49_container_id, changed_at DESC);

CREATE TABLE shipment_events (
  tenant_id           text        NOT NULL,
  t49_event_id        text        NOT NULL,
  event_type          text,
  reported_event_type text,
  event_timestamp     timestamptz,
  timezone            text,
  voyage_number       text,
  created_at          timestamptz,
  location_locode     text,
  data_source         text,
  t49_shipment_id     text,
  t49_vessel_id       text,
  vessel_name         text,
  vessel_imo          text,
  t49_location_id     text,
  location_name       text,
  extra               jsonb,
  type_version        bytea,
  facts_version       bytea,
  place_version       bytea,
  origin_version      bytea,
  shipment_version    bytea,
  vessel_version      bytea,
  location_version    bytea,
  extra_version       bytea,
  column_versions     jsonb,
  updated_at          timestamptz NOT NULL DEFAULT now(),
  updated_xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_event_id)
);

COMMENT ON TABLE shipment_events IS
  'Estimates of the arrivals of shipments, each as it was given. A column is null where the '
  'provider said nothing of it, or said that there is nothing.';
COMMENT ON COLUMN shipment_events.t49_event_id IS 'The provider''s ID of the estimate.';
COMMENT ON COLUMN shipment_events.event_type IS 'What the notification called it.';
COMMENT ON COLUMN shipment_events.reported_event_type IS 'What the event itself is called.';
COMMENT ON COLUMN shipment_events.event_timestamp IS
  'When the shipment is expected to arrive. The zone is timezone.';
COMMENT ON COLUMN shipment_events.timezone IS
  'The time zone of the place, as the provider gave it. Where it is null, event_timestamp is the '
  'local clock of the place, read as UTC.';
COMMENT ON COLUMN shipment_events.voyage_number IS 'The number of the vessel''s voyage.';
COMMENT ON COLUMN shipment_events.created_at IS 'When the provider learnt it.';
COMMENT ON COLUMN shipment_events.location_locode IS 'The UN/LOCODE of the place of arrival.';
COMMENT ON COLUMN shipment_events.data_source IS
  'Who told it to the provider, such as shipping_line or terminal.';
COMMENT ON COLUMN shipment_events.t49_shipment_id IS 'The shipment.';
COMMENT ON COLUMN shipment_events.t49_vessel_id IS 'The vessel, in vessels.';
COMMENT ON COLUMN shipment_events.vessel_name IS
  'The name of the vessel, as the event came with it. Null where it came without: vessels may '
  'know it.';
COMMENT ON COLUMN shipment_events.vessel_imo IS
  'The IMO number of the vessel, as the event came with it. Null where it came without: vessels '
  'may know it.';
COMMENT ON COLUMN shipment_events.t49_location_id IS 'The port of arrival, in locations.';
COMMENT ON COLUMN shipment_events.location_name IS
  'The name of the port, as the event came with it. Null where it came without: locations may '
  'know it.';

CREATE INDEX shipment_events_updated_xid ON shipment_events (tenant_id, updated_xid);

CREATE INDEX shipment_events_shipment
  ON shipment_events (tenant_id, t49_shipment_id, event_timestamp DESC);

CREATE TABLE tracking_requests (
  tenant_id               text        NOT NULL,
  t49_tracking_request_id text        NOT NULL,
  last_event_type         text,
  request_number          text,
  request_type            text,
  scac                    text,
  status                  text,
  failed_reason           text,
  ref_numbers             jsonb,
  created_at              timestamptz,
  is_retrying             boolean,
  retry_count             bigint,
  shipment_tags           jsonb,
  tags                    jsonb,
  t49_updated_at          timestamptz,
  t49_shipment_id         text,
  extra                   jsonb,
  type_version            bytea,
  facts_version           bytea,
  retries_version         bytea,
  shipment_tags_version   bytea,
  tags_version            bytea,
  provider_update_version bytea,
  shipment_version        bytea,
  extra_version           bytea,
  column_versions         jsonb,
  updated_at              timestamptz NOT NULL DEFAULT now(),
  updated_xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_tracking_request_id)
);

COMMENT ON TABLE tracking_requests IS
  'Numbers that somebody asked Terminal49 to track, and what came of it. A column is null where '
  'the provider said nothing of it, or said that there is nothing.';
COMMENT ON COLUMN tracking_requests.t49_tracking_request_id IS 'The provider''s ID of the request.';
COMMENT ON COLUMN tracking_requests.last_event_type IS
  'The type of the newest notification about the request.';
COMMENT ON COLUMN tracking_requests.request_number IS 'The number to track.';
COMMENT ON COLUMN tracking_requests.request_type IS
  'What the number is: bill_of_lading, booking_number or container.';
COMMENT ON COLUMN tracking_requests.scac IS 'The SCAC of the shipping line that was asked.';
COMMENT ON COLUMN tracking_requests.status IS
  'pending, awaiting_manifest, created, failed or tracking_stopped. Others may come.';
COMMENT ON COLUMN tracking_requests.failed_reason IS
  'Why it failed, such as not_found. Null where it did not.';
COMMENT ON COLUMN tracking_requests.ref_numbers IS
  'The customer''s reference numbers: a JSON array of texts.';
COMMENT ON COLUMN tracking_requests.created_at IS 'When the request was made at the provider.';
COMMENT ON COLUMN tracking_requests.is_retrying IS 'Whether the provider tries again.';
COMMENT ON COLUMN tracking_requests.retry_count IS 'How often the provider has tried again.';
COMMENT ON COLUMN tracking_requests.shipment_tags IS
  'The tags that the shipment is to have: a JSON array.';
COMMENT ON COLUMN tracking_requests.tags IS 'The tags of the request: a JSON array.';
COMMENT ON COLUMN tracking_requests.t49_updated_at IS
  'When the provider changed its record of the request last.';
COMMENT ON COLUMN tracking_requests.t49_shipment_id IS
  'The shipment that was found. Null where none was, or not yet.';

CREATE INDEX tracking_requests_updated_xid ON tracking_requests (tenant_id, updated_xid);

CREATE INDEX tracking_requests_request_number ON tracking_requests (tenant_id, request_number);
CREATE INDEX tracking_requests_status ON tracking_requests (tenant_id, status);
CREATE INDEX tracking_requests_shipment ON tracking_requests (tenant_id, t49_shipment_id);

CREATE TABLE documents (
  tenant_id                      text        NOT NULL,
  t49_document_id                text        NOT NULL,
  extraction_status              text,
  document_type                  text,
  file_name                      text,
  name                           text,
  file_content_type              text,
  file_size_bytes                bigint,
  created_at                     timestamptz,
  t49_updated_at                 timestamptz,
  source                         text,
  file_url                       text,
  document_type_manual           text,
  classification_notes           text,
  t49_email_submission_id        text,
  t49_document_representation_id text,
  t49_shipment_ids               jsonb,
  t49_container_ids              jsonb,
  extra                          jsonb,
  extraction_version             bytea,
  facts_version                  bytea,
  details_version                bytea,
  origin_version                 bytea,
  file_url_version               bytea,
  classification_version         bytea,
  email_submission_version       bytea,
  representation_version         bytea,
  shipments_version              bytea,
  containers_version             bytea,
  extra_version                  bytea,
  column_versions                jsonb,
  updated_at                     timestamptz NOT NULL DEFAULT now(),
  updated_xid                    xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_document_id)
);

COMMENT ON TABLE documents IS
  'Documents that were sent to Terminal49, and whether they could be read. A column is null where '
  'the provider said nothing of it, or said that there is nothing.';
COMMENT ON COLUMN documents.t49_document_id IS 'The provider''s ID of the document.';
COMMENT ON COLUMN documents.extraction_status IS
  'extracted or failed, as the newest notification says.';
COMMENT ON COLUMN documents.document_type IS 'What kind of document it is, as the provider found.';
COMMENT ON COLUMN documents.file_name IS 'The name of the file.';
COMMENT ON COLUMN documents.name IS 'The name of the document.';
COMMENT ON COLUMN documents.file_content_type IS
  'The media type of the file, such as application/pdf.';
COMMENT ON COLUMN documents.file_size_bytes IS 'The size of the file in bytes.';
COMMENT ON COLUMN documents.created_at IS 'When the provider made its record of the document.';
COMMENT ON COLUMN documents.t49_updated_at IS
  'When the provider changed its record of the document last.';
COMMENT ON COLUMN documents.source IS
  'How the document came: upload, api, email or split_document.';
COMMENT ON COLUMN documents.file_url IS 'Where the file can be fetched.';
COMMENT ON COLUMN documents.document_type_manual IS
  'The kind of document that a person chose. Null where nobody did.';
COMMENT ON COLUMN documents.classification_notes IS 'Notes on how the kind was found.';
COMMENT ON COLUMN documents.t49_email_submission_id IS
  'The e-mail that it came by, in email_submissions.';
COMMENT ON COLUMN documents.t49_document_representation_id IS
  'What was read from it last, in document_representations.';
COMMENT ON COLUMN documents.t49_shipment_ids IS
  'The shipments that it is about: a JSON array of IDs.';
COMMENT ON COLUMN documents.t49_container_ids IS
  'The containers that it is about: a JSON array of IDs.';

CREATE INDEX documents_updated_xid ON documents (tenant_id, updated_xid);

CREATE INDEX documents_document_type ON documents (tenant_id, document_type);

CREATE TABLE document_representations (
  tenant_id                      text        NOT NULL,
  t49_document_representation_id text        NOT NULL,
  schema_version                 text,
  payload                        jsonb,
  created_at                     timestamptz,
  t49_updated_at                 timestamptz,
  extra                          jsonb,
  facts_version                  bytea,
  extra_version                  bytea,
  column_versions                jsonb,
  updated_at                     timestamptz NOT NULL DEFAULT now(),
  updated_xid                    xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_document_representation_id)
);

COMMENT ON TABLE document_representations IS
  'What Terminal49 read from documents. A column is null where the provider said nothing of it, '
  'or said that there is nothing.';
COMMENT ON COLUMN document_representations.t49_document_representation_id IS
  'The provider''s ID of what was read.';
COMMENT ON COLUMN document_representations.schema_version IS
  'The version of the form that payload has.';
COMMENT ON COLUMN document_representations.payload IS
  'What stood in the document, by the provider''s names: a JSON object.';
COMMENT ON COLUMN document_representations.created_at IS 'When the provider made it.';
COMMENT ON COLUMN document_representations.t49_updated_at IS 'When the provider changed it last.';

CREATE INDEX document_representations_updated_xid ON document_representations (tenant_id, updated_xid);

CREATE TABLE email_submissions (
  tenant_id               text        NOT NULL,
  t49_email_submission_id text        NOT NULL,
  subject                 text,
  from_addresses          jsonb,
  sent_at                 timestamptz,
  to_addresses            jsonb,
  cc_addresses            jsonb,
  message_id              text,
  body_preview            text,
  created_at              timestamptz,
  t49_updated_at          timestamptz,
  extra                   jsonb,
  facts_version           bytea,
  details_version         bytea,
  extra_version           bytea,
  column_versions         jsonb,
  updated_at              timestamptz NOT NULL DEFAULT now(),
  updated_xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_email_submission_id)
);

COMMENT ON TABLE email_submissions IS
  'The e-mails by which documents came to Terminal49. A column is null where the provider said '
  'nothing of it, or said that there is nothing.';
COMMENT ON COLUMN email_submissions.t49_email_submission_id IS 'The provider''s ID of the e-mail.';
COMMENT ON COLUMN email_submissions.subject IS 'The subject of the e-mail.';
COMMENT ON COLUMN email_submissions.from_addresses IS 'Who sent it: a JSON array of addresses.';
COMMENT ON COLUMN email_submissions.sent_at IS 'When it was sent.';
COMMENT ON COLUMN email_submissions.to_addresses IS
  'To whom it was sent: a JSON array of addresses.';
COMMENT ON COLUMN email_submissions.cc_addresses IS 'Who got a copy: a JSON array of addresses.';
COMMENT ON COLUMN email_submissions.message_id IS 'The Message-ID of the e-mail.';
COMMENT ON COLUMN email_submissions.body_preview IS 'The beginning of the text.';
COMMENT ON COLUMN email_submissions.created_at IS
  'When the provider made its record of the e-mail.';
COMMENT ON COLUMN email_submissions.t49_updated_at IS
  'When the provider changed its record of the e-mail last.';

CREATE INDEX email_submissions_updated_xid ON email_submissions (tenant_id, updated_xid);

CREATE TABLE vessels (
  tenant_id                    text        NOT NULL,
  t49_vessel_id                text        NOT NULL,
  name                         text,
  imo                          text,
  mmsi                         text,
  latitude                     numeric,
  longitude                    numeric,
  nautical_speed_knots         numeric,
  navigational_heading_degrees numeric,
  position_timestamp           timestamptz,
  extra                        jsonb,
  identity_version             bytea,
  position_version             bytea,
  extra_version                bytea,
  column_versions              jsonb,
  updated_at                   timestamptz NOT NULL DEFAULT now(),
  updated_xid                  xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_vessel_id)
);

COMMENT ON TABLE vessels IS
  'Vessels that Terminal49 told of. A column is null where the provider said nothing of it, or '
  'said that there is nothing.';
COMMENT ON COLUMN vessels.t49_vessel_id IS 'The provider''s ID of the vessel.';
COMMENT ON COLUMN vessels.name IS 'The name of the vessel.';
COMMENT ON COLUMN vessels.imo IS 'The IMO number of the vessel, which it keeps for life.';
COMMENT ON COLUMN vessels.mmsi IS 'The MMSI of the vessel, the number of its radio.';
COMMENT ON COLUMN vessels.latitude IS 'The last position: degrees north.';
COMMENT ON COLUMN vessels.longitude IS 'The last position: degrees east.';
COMMENT ON COLUMN vessels.nautical_speed_knots IS 'The speed at that position, in knots.';
COMMENT ON COLUMN vessels.navigational_heading_degrees IS
  'The direction at that position, in degrees from north.';
COMMENT ON COLUMN vessels.position_timestamp IS 'When the vessel was at that position.';

CREATE INDEX vessels_updated_xid ON vessels (tenant_id, updated_xid);

CREATE INDEX vessels_imo ON vessels (tenant_id, imo);

CREATE TABLE locations (
  tenant_id              text        NOT NULL,
  t49_location_id        text        NOT NULL,
  location_type          text        NOT NULL,
  name                   text,
  locode                 text,
  country_code           text,
  time_zone              text,
  latitude               numeric,
  longitude              numeric,
  city                   text,
  state_abbr             text,
  nickname               text,
  firms_code             text,
  smdg_code              text,
  bic_facility_code      text,
  facility_type          text,
  street                 text,
  state                  text,
  zip                    text,
  country                text,
  provided_data          jsonb,
  t49_port_id            text,
  t49_metro_area_id      text,
  extra                  jsonb,
  identity_version       bytea,
  place_version          bytea,
  coordinates_version    bytea,
  city_version           bytea,
  state_abbr_version     bytea,
  facility_version       bytea,
  facility_codes_version bytea,
  facility_type_version  bytea,
  address_version        bytea,
  provided_data_version  bytea,
  port_version           bytea,
  metro_area_version     bytea,
  extra_version          bytea,
  column_versions        jsonb,
  updated_at             timestamptz NOT NULL DEFAULT now(),
  updated_xid            xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_location_id, location_type)
);

COMMENT ON TABLE locations IS
  'Ports, metropolitan areas, terminals and rail terminals that Terminal49 told of. A column is '
  'null where the provider said nothing of it, or said that there is nothing.';
COMMENT ON COLUMN locations.t49_location_id IS
  'The provider''s ID of the place. It is unique among places of one location_type.';
COMMENT ON COLUMN locations.location_type IS
  'The kind of place: port, metro_area, terminal or rail_terminal.';
COMMENT ON COLUMN locations.name IS 'The name of the place.';
COMMENT ON COLUMN locations.locode IS
  'The UN/LOCODE of a port or metropolitan area. Null for terminals.';
COMMENT ON COLUMN locations.country_code IS
  'The code of the country, of two letters. Null for terminals.';
COMMENT ON COLUMN locations.time_zone IS
  'The time zone of a port or metropolitan area. Null for terminals.';
COMMENT ON COLUMN locations.latitude IS 'Degrees north. Null for terminals.';
COMMENT ON COLUMN locations.longitude IS 'Degrees east. Null for terminals.';
COMMENT ON COLUMN locations.city IS 'The city.';
COMMENT ON COLUMN locations.state_abbr IS 'The state, abbreviated.';
COMMENT ON COLUMN locations.nickname IS 'The short name of a terminal.';
COMMENT ON COLUMN locations.firms_code IS 'The FIRMS code of a terminal: the code of US customs.';
COMMENT ON COLUMN locations.smdg_code IS 'The SMDG code of a terminal.';
COMMENT ON COLUMN locations.bic_facility_code IS 'The BIC facility code of a terminal.';
COMMENT ON COLUMN locations.facility_type IS
  'What kind of terminal it is, as the provider calls it.';
COMMENT ON COLUMN locations.street IS 'The street of a terminal.';
COMMENT ON COLUMN locations.state IS 'The state of a terminal.';
COMMENT ON COLUMN locations.zip IS 'The postal code of a terminal.';
COMMENT ON COLUMN locations.country IS 'The country of a terminal.';
COMMENT ON COLUMN locations.provided_data IS
  'Which facts a terminal tells of its containers: a JSON object.';
COMMENT ON COLUMN locations.t49_port_id IS 'The port of a terminal, in locations.';
COMMENT ON COLUMN locations.t49_metro_area_id IS
  'The metropolitan area of a rail terminal, in locations.';

CREATE INDEX locations_updated_xid ON locations (tenant_id, updated_xid);

CREATE INDEX locations_locode ON locations (tenant_id, locode);

SELECT comment_common_columns(
  'shipments', 'containers', 'container_statuses', 'container_statuses_stale', 'container_events',
  'container_changes', 'shipment_events', 'tracking_requests', 'documents', 'document_representations',
  'email_submissions', 'vessels', 'locations');
