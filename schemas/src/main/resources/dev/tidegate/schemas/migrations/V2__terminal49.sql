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
  -- Where the timezone beside it is null, a time is the place's wall clock read as UTC.
  pol_etd_at                      timestamptz,
  pol_atd_at                      timestamptz,
  pol_timezone                    text,
  pod_eta_at                      timestamptz,
  pod_ata_at                      timestamptz,
  pod_timezone                    text,
  destination_eta_at              timestamptz,
  destination_ata_at              timestamptz,
  destination_timezone            text,
  -- The provider's.
  created_at                      timestamptz,
  -- May differ from the bill of lading by more than its prefix.
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
  -- A port or a metropolitan area.
  t49_destination_id              text,
  -- A terminal or a rail terminal.
  t49_destination_terminal_id     text,
  -- Attributes that have no column, as one object.
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
  -- The provider's.
  created_at                        timestamptz,
  equipment_type                    text,
  -- In feet, beside a type in words: twenty-foot equivalents follow from this, never from the type.
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
  -- Null where no shipment is known yet, or the provider says there is none.
  t49_shipment_id                   text,
  t49_pod_terminal_id               text,
  t49_pickup_facility_id            text,
  -- Only where the provider names one, which is rare: the milestones tell a container's status.
  current_status                    text,
  -- The last free day, and where it comes from: the first of line, terminal and rail that is known.
  -- A day is its midnight at the place, in pod_timezone; for rail in final_destination_timezone.
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

CREATE INDEX containers_updated_xid ON containers (tenant_id, updated_xid);

CREATE INDEX containers_number ON containers (tenant_id, number);
CREATE INDEX containers_shipment ON containers (tenant_id, t49_shipment_id);
-- Most containers have neither: partial indexes leave their updates alone.
CREATE INDEX containers_pickup_lfd
  ON containers (tenant_id, pickup_lfd) WHERE pickup_lfd IS NOT NULL;
CREATE INDEX containers_current_status
  ON containers (tenant_id, current_status) WHERE current_status IS NOT NULL;

-- What follows from a container's row, its milestones and its shipment (R__terminal49_views.sql), for
-- those that are not in container_statuses_stale.
CREATE TABLE container_statuses (
  tenant_id        text        NOT NULL,
  t49_container_id text        NOT NULL,
  current_status   text        NOT NULL,
  status_source    text        NOT NULL
    CHECK (status_source IN ('provider', 'milestones', 'times', 'none')),
  status_evidence  text,
  status_since     timestamptz,
  location_locode  text,
  -- What current_status was before, and the transaction that changed it.
  previous_status  text,
  status_xid       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  updated_xid      xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_container_id)
);

CREATE INDEX container_statuses_current_status ON container_statuses (tenant_id, current_status);
CREATE INDEX container_statuses_updated_xid ON container_statuses (tenant_id, updated_xid);
CREATE INDEX container_statuses_status_xid ON container_statuses (tenant_id, status_xid);

-- Containers of which something has changed that the status follows from. Triggers write these rows.
-- The pipeline works them off every two seconds; until then the views work the status out.
CREATE TABLE container_statuses_stale (
  tenant_id        text        NOT NULL,
  t49_container_id text        NOT NULL,
  updated_at       timestamptz NOT NULL DEFAULT now(),
  updated_xid      xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, t49_container_id)
);

-- Rows come and go all the time: what is dead is cleared away early.
ALTER TABLE container_statuses_stale SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
  autovacuum_vacuum_cost_delay = 0);

CREATE TABLE container_events (
  tenant_id            text        NOT NULL,
  t49_event_id         text        NOT NULL,
  -- transport_event, container_created_event, container_updated_event or
  -- container_pod_terminal_changed_event: an ID is unique among those of its type alone.
  resource_type        text        NOT NULL,
  -- What the notification called it, and what the event itself did: older ones call an estimate of
  -- an arrival an arrival.
  event_type           text,
  reported_event_type  text,
  -- When it happened, or is expected to.
  event_timestamp      timestamptz,
  timezone             text,
  location_locode      text,
  voyage_number        text,
  data_source          text,
  -- The provider's.
  created_at           timestamptz,
  -- What a changed deadline or appointment became.
  value                jsonb,
  -- Null where the notification did not say whose event it is.
  t49_container_id     text,
  t49_shipment_id      text,
  -- Names are null where the related resource was not included; vessels and locations know them.
  t49_vessel_id        text,
  vessel_name          text,
  vessel_imo           text,
  -- A port or a metropolitan area.
  t49_location_id      text,
  location_name        text,
  -- A terminal or a rail terminal.
  t49_terminal_id      text,
  terminal_name        text,
  -- Set where the provider took the event back; a correction has an ID of its own.
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

CREATE INDEX container_events_updated_xid ON container_events (tenant_id, updated_xid);

-- A container's latest milestone, and its story backwards.
CREATE INDEX container_events_container
  ON container_events (tenant_id, t49_container_id, event_timestamp DESC);
CREATE INDEX container_events_location ON container_events (tenant_id, location_locode);
-- Events of a place that is not stored yet, or has no locode.
CREATE INDEX container_events_place ON container_events (tenant_id, t49_location_id)
  WHERE location_locode IS NULL AND t49_location_id IS NOT NULL;

-- What an update changed, one row a field: before and after as the provider gave them. before is
-- null too where a notification does not say it, as those of a changed terminal do not.
CREATE TABLE container_changes (
  tenant_id        text        NOT NULL,
  -- The event in container_events.
  t49_event_id     text        NOT NULL,
  -- container.updated or container.pod_terminal_changed.
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

CREATE INDEX container_changes_updated_xid ON container_changes (tenant_id, updated_xid);

CREATE INDEX container_changes_container
  ON container_changes (tenant_id, t49_container_id, changed_at DESC);

-- Estimates of a shipment's arrival, each as it was given.
CREATE TABLE shipment_events (
  tenant_id           text        NOT NULL,
  t49_event_id        text        NOT NULL,
  event_type          text,
  reported_event_type text,
  -- When it is expected to happen.
  event_timestamp     timestamptz,
  timezone            text,
  voyage_number       text,
  -- The provider's.
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

CREATE INDEX shipment_events_updated_xid ON shipment_events (tenant_id, updated_xid);

CREATE INDEX shipment_events_shipment
  ON shipment_events (tenant_id, t49_shipment_id, event_timestamp DESC);

CREATE TABLE tracking_requests (
  tenant_id               text        NOT NULL,
  t49_tracking_request_id text        NOT NULL,
  -- The newest notification's.
  last_event_type         text,
  request_number          text,
  request_type            text,
  scac                    text,
  status                  text,
  failed_reason           text,
  ref_numbers             jsonb,
  -- The provider's, as is t49_updated_at.
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

CREATE INDEX tracking_requests_updated_xid ON tracking_requests (tenant_id, updated_xid);

CREATE INDEX tracking_requests_request_number ON tracking_requests (tenant_id, request_number);
CREATE INDEX tracking_requests_status ON tracking_requests (tenant_id, status);
CREATE INDEX tracking_requests_shipment ON tracking_requests (tenant_id, t49_shipment_id);

CREATE TABLE documents (
  tenant_id                      text        NOT NULL,
  t49_document_id                text        NOT NULL,
  -- extracted or failed, as the newest notification says.
  extraction_status              text,
  document_type                  text,
  file_name                      text,
  name                           text,
  file_content_type              text,
  file_size_bytes                bigint,
  -- The provider's, as is t49_updated_at.
  created_at                     timestamptz,
  t49_updated_at                 timestamptz,
  source                         text,
  file_url                       text,
  document_type_manual           text,
  classification_notes           text,
  t49_email_submission_id        text,
  -- The newest extraction.
  t49_document_representation_id text,
  -- Arrays of IDs.
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

CREATE INDEX documents_updated_xid ON documents (tenant_id, updated_xid);

CREATE INDEX documents_document_type ON documents (tenant_id, document_type);

-- What was extracted from a document: payload is what stood in it, by the provider's names.
CREATE TABLE document_representations (
  tenant_id                      text        NOT NULL,
  t49_document_representation_id text        NOT NULL,
  schema_version                 text,
  payload                        jsonb,
  -- The provider's, as is t49_updated_at.
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

CREATE INDEX document_representations_updated_xid ON document_representations (tenant_id, updated_xid);

-- The e-mails that documents came by.
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
  -- The provider's, as is t49_updated_at.
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

CREATE INDEX vessels_updated_xid ON vessels (tenant_id, updated_xid);

CREATE INDEX vessels_imo ON vessels (tenant_id, imo);

-- Ports, metropolitan areas, terminals and rail terminals.
CREATE TABLE locations (
  tenant_id              text        NOT NULL,
  t49_location_id        text        NOT NULL,
  -- port, metro_area, terminal or rail_terminal: an ID is unique among those of its type alone.
  location_type          text        NOT NULL,
  name                   text,
  -- The UN/LOCODE of a port or metropolitan area.
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
  -- Which facts a terminal tells of its containers.
  provided_data          jsonb,
  -- Where a terminal or rail terminal is.
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

CREATE INDEX locations_updated_xid ON locations (tenant_id, updated_xid);

CREATE INDEX locations_locode ON locations (tenant_id, locode);
