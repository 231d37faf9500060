-- What applications ask of Terminal49's tables: a container's status, its story, its deadlines, its
-- shipment at a glance, and what became of the notifications.
--
-- Repeatable: it runs again whenever this file changes. CREATE OR REPLACE VIEW lets a view gain
-- columns at its end only; a column that goes, moves or changes its type needs a versioned migration
-- that drops the view first, and so does one that changes the type of a table's column named here.
--
-- Rules of every view: the tenant is the first column and part of every join, or one tenant would
-- read another's names. Nothing here can fail on what the data holds: zones are given as text beside
-- their times, no text is cast, and what is not known is null and never read as a no. A row of a
-- table is a row of its view once. A link to a place says its kind only in part, and two kinds can
-- share an ID: so each kind is joined by its whole key, which costs nothing where nobody asks for
-- what it brings, and the port and the terminal come first.

-- The state machine, as data. The order is that of a journey and decides between milestones of one
-- time only.
CREATE OR REPLACE VIEW container_milestones AS
SELECT event_type, milestone_order, status, inland_status, is_estimate
FROM (VALUES
  ('container.transport.empty_out',                  10, 'new',            'new',            false),
  ('container.transport.full_in',                    20, 'new',            'new',            false),
  ('container.transport.vessel_loaded',              30, 'on_ship',        'on_ship',        false),
  ('container.transport.estimated.vessel_departed',  40, NULL,             NULL,             true),
  ('container.transport.vessel_departed',            50, 'on_ship',        'on_ship',        false),
  ('container.transport.transshipment_arrived',      60, 'on_ship',        'on_ship',        false),
  ('container.transport.transshipment_discharged',   70, 'on_ship',        'on_ship',        false),
  ('container.transport.transshipment_loaded',       80, 'on_ship',        'on_ship',        false),
  ('container.transport.transshipment_departed',     90, 'on_ship',        'on_ship',        false),
  ('container.transport.feeder_arrived',            100, 'on_ship',        'on_ship',        false),
  ('container.transport.feeder_discharged',         110, 'on_ship',        'on_ship',        false),
  ('container.transport.feeder_loaded',             120, 'on_ship',        'on_ship',        false),
  ('container.transport.feeder_departed',           130, 'on_ship',        'on_ship',        false),
  ('container.transport.estimated.vessel_arrived',  140, NULL,             NULL,             true),
  ('container.transport.vessel_arrived',            150, 'on_ship',        'on_ship',        false),
  ('container.transport.vessel_berthed',            160, 'on_ship',        'on_ship',        false),
  -- The one milestone that means something else where the journey goes on inland.
  ('container.transport.vessel_discharged',         170, 'grounded',
                                                         'awaiting_inland_transfer',         false),
  ('container.transport.rail_loaded',               180, 'on_rail',        'on_rail',        false),
  ('container.transport.rail_departed',             190, 'on_rail',        'on_rail',        false),
  ('container.transport.estimated.arrived_at_inland_destination',
                                                    200, NULL,             NULL,             true),
  ('container.transport.rail_arrived',              210, 'on_rail',        'on_rail',        false),
  ('container.transport.rail_unloaded',             220, 'grounded',       'grounded',       false),
  ('container.transport.arrived_at_inland_destination',
                                                    230, 'grounded',       'grounded',       false),
  ('container.transport.available',                 240, 'available',      'available',      false),
  -- After available: of the two at one time, believe the one that saves a lorry's way.
  ('container.transport.not_available',             250, 'not_available',  'not_available',  false),
  ('container.transport.full_out',                  260, 'picked_up',      'picked_up',      false),
  ('container.transport.delivered',                 270, 'delivered',      'delivered',      false),
  ('container.transport.empty_in',                  280, 'empty_returned', 'empty_returned', false)
) AS milestone (event_type, milestone_order, status, inland_status, is_estimate);

COMMENT ON VIEW container_milestones IS
  'The types of milestones and estimates, in the order of a journey. status: what a container is '
  'after it; inland_status: the same where its shipment has an inland destination; both null for '
  'estimates, which have not happened.';

-- A name is the joined resource's, which is the newest known, else the one the event came with.
CREATE OR REPLACE VIEW container_timeline AS
SELECT
  e.tenant_id,
  e.t49_event_id,
  e.t49_container_id,
  c.number                                     AS container_number,
  coalesce(c.t49_shipment_id, e.t49_shipment_id) AS t49_shipment_id,
  m.event_type,
  m.milestone_order,
  m.is_estimate,
  -- Inland is what has a destination other than the port of discharge: by locode, or where no
  -- destination has a locode, by ID.
  CASE
    WHEN CASE
           WHEN s.destination_locode IS NOT NULL
             THEN s.destination_locode IS DISTINCT FROM s.port_of_discharge_locode
           ELSE s.t49_destination_id IS NOT NULL
             AND s.t49_destination_id IS DISTINCT FROM s.t49_port_of_discharge_id
         END
      THEN m.inland_status
    ELSE m.status
  END                                          AS status,
  e.event_timestamp,
  e.timezone,
  e.voyage_number,
  e.t49_vessel_id,
  coalesce(v.name, e.vessel_name)              AS vessel_name,
  coalesce(v.imo, e.vessel_imo)                AS vessel_imo,
  e.t49_location_id,
  coalesce(e.location_locode, port.locode, metro_area.locode) AS location_locode,
  coalesce(port.name, metro_area.name, e.location_name)       AS location_name,
  e.t49_terminal_id,
  coalesce(terminal.name, rail_terminal.name, e.terminal_name) AS terminal_name,
  e.data_source,
  e.created_at
FROM container_events e
JOIN container_milestones m ON m.event_type = coalesce(e.event_type, e.reported_event_type)
LEFT JOIN containers c
  ON c.tenant_id = e.tenant_id AND c.t49_container_id = e.t49_container_id
LEFT JOIN shipments s
  ON s.tenant_id = e.tenant_id
  AND s.t49_shipment_id = coalesce(c.t49_shipment_id, e.t49_shipment_id)
LEFT JOIN vessels v
  ON v.tenant_id = e.tenant_id AND v.t49_vessel_id = e.t49_vessel_id
LEFT JOIN locations port
  ON port.tenant_id = e.tenant_id AND port.t49_location_id = e.t49_location_id
  AND port.location_type = 'port'
LEFT JOIN locations metro_area
  ON metro_area.tenant_id = e.tenant_id AND metro_area.t49_location_id = e.t49_location_id
  AND metro_area.location_type = 'metro_area'
LEFT JOIN locations terminal
  ON terminal.tenant_id = e.tenant_id AND terminal.t49_location_id = e.t49_terminal_id
  AND terminal.location_type = 'terminal'
LEFT JOIN locations rail_terminal
  ON rail_terminal.tenant_id = e.tenant_id AND rail_terminal.t49_location_id = e.t49_terminal_id
  AND rail_terminal.location_type = 'rail_terminal'
WHERE e.invalidated_at IS NULL;

COMMENT ON VIEW container_timeline IS
  'One row for each valid milestone or estimate, with the names of vessel, place and terminal. '
  't49_container_id is null where the notification did not say whose it is. status: what the '
  'container is after it.';

-- The latest milestone is found through the index on (tenant, container, time), so that asking for
-- one container reads its own events and no others.
CREATE OR REPLACE VIEW containers_current AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  c.number,
  coalesce(CASE WHEN outdated.is_true THEN latest.status ELSE c.current_status END, 'new')
                                                   AS current_status,
  CASE
    WHEN outdated.is_true             THEN 'milestones'
    WHEN c.current_status IS NOT NULL THEN 'provider'
    ELSE 'none'
  END                                              AS status_source,
  -- The provider does not say since when its status holds.
  CASE WHEN outdated.is_true THEN latest.event_timestamp END AS status_since,
  -- A subquery here costs nothing where nobody asks for the column.
  (SELECT t.location_locode
   FROM container_timeline t
   WHERE t.tenant_id = c.tenant_id
     AND t.t49_container_id = c.t49_container_id
     AND NOT t.is_estimate
     AND t.location_locode IS NOT NULL
   ORDER BY t.event_timestamp DESC NULLS LAST, t.milestone_order DESC,
            t.t49_event_id COLLATE "C" DESC
   LIMIT 1)                                        AS location_locode,
  c.t49_shipment_id,
  s.bill_of_lading_number,
  s.shipping_line_scac,
  c.seal_number,
  c.equipment_type,
  c.equipment_length,
  c.equipment_height,
  -- The length alone decides; the type (dry, reefer) tells nothing of it.
  round(c.equipment_length / 20.0, 2)              AS teu,
  c.weight_in_lbs,
  c.availability_known,
  c.available_for_pickup,
  -- Only what is known to be so: a hold that cannot be read may be in force, and so may be one that
  -- no notification has told of yet.
  c.available_for_pickup IS TRUE AND c.availability_known IS NOT FALSE AND holds.in_force IS FALSE
                                                   AS ready_for_pickup,
  c.holds_at_pod_terminal,
  c.fees_at_pod_terminal,
  c.pickup_lfd,
  c.pickup_lfd_line,
  c.pickup_lfd_terminal,
  c.pickup_lfd_rail,
  c.pickup_appointment_at,
  c.pod_arrived_at,
  c.pod_discharged_at,
  c.pod_full_out_at,
  c.pod_timezone,
  c.final_destination_full_out_at,
  c.final_destination_timezone,
  c.empty_terminated_at,
  c.empty_terminated_timezone,
  c.t49_pod_terminal_id,
  coalesce(pod_terminal.name, pod_rail_terminal.name) AS pod_terminal_name,
  c.location_at_pod_terminal,
  c.pod_full_out_chassis_number,
  c.t49_pickup_facility_id,
  coalesce(pickup_terminal.name, pickup_rail_terminal.name) AS pickup_facility_name,
  c.pod_rail_carrier_scac,
  c.ind_rail_carrier_scac,
  c.pod_rail_loaded_at,
  c.pod_rail_departed_at,
  c.ind_eta_at,
  c.ind_ata_at,
  c.ind_rail_unloaded_at,
  c.ref_numbers,
  c.terminal_checked_at,
  c.pod_last_tracking_request_at,
  c.shipment_last_tracking_request_at,
  c.extra,
  c.created_at,
  c.updated_at,
  holds.in_force                                   AS on_hold
FROM containers c
LEFT JOIN shipments s
  ON s.tenant_id = c.tenant_id AND s.t49_shipment_id = c.t49_shipment_id
LEFT JOIN locations pod_terminal
  ON pod_terminal.tenant_id = c.tenant_id
  AND pod_terminal.t49_location_id = c.t49_pod_terminal_id
  AND pod_terminal.location_type = 'terminal'
LEFT JOIN locations pod_rail_terminal
  ON pod_rail_terminal.tenant_id = c.tenant_id
  AND pod_rail_terminal.t49_location_id = c.t49_pod_terminal_id
  AND pod_rail_terminal.location_type = 'rail_terminal'
LEFT JOIN locations pickup_terminal
  ON pickup_terminal.tenant_id = c.tenant_id
  AND pickup_terminal.t49_location_id = c.t49_pickup_facility_id
  AND pickup_terminal.location_type = 'terminal'
LEFT JOIN locations pickup_rail_terminal
  ON pickup_rail_terminal.tenant_id = c.tenant_id
  AND pickup_rail_terminal.t49_location_id = c.t49_pickup_facility_id
  AND pickup_rail_terminal.location_type = 'rail_terminal'
-- First which milestone it is, then what it says: so its shipment is looked up once.
LEFT JOIN LATERAL (
  SELECT t.status, t.event_timestamp
  FROM container_timeline t
  WHERE t.tenant_id = c.tenant_id
    AND t.t49_event_id = (
      SELECT m.t49_event_id
      FROM container_timeline m
      WHERE m.tenant_id = c.tenant_id
        AND m.t49_container_id = c.t49_container_id
        AND NOT m.is_estimate
      ORDER BY m.event_timestamp DESC NULLS LAST, m.milestone_order DESC,
               m.t49_event_id COLLATE "C" DESC
      LIMIT 1)
  LIMIT 1
) latest ON true
-- Whether the latest milestone counts and not the provider's status: there is no such status, or the
-- milestone happened after the notification with it was made.
CROSS JOIN LATERAL (
  SELECT
    latest.status IS NOT NULL
    AND (
      c.current_status IS NULL
      OR (latest.event_timestamp > version_time(c.status_version)) IS TRUE
    ) AS is_true
) outdated
-- Null where it cannot be known: no notification told of holds, or not in the known shape.
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN jsonb_typeof(c.holds_at_pod_terminal) IS DISTINCT FROM 'array' THEN NULL
    WHEN c.holds_at_pod_terminal @> '[{"status": "hold"}]' THEN true
    WHEN NOT EXISTS (
      SELECT
      FROM jsonb_array_elements(c.holds_at_pod_terminal) AS hold (value)
      WHERE hold.value ->> 'status' IS DISTINCT FROM 'pending'
    ) THEN false
  END AS in_force
) holds;

COMMENT ON VIEW containers_current IS
  'A container as it is now. current_status is the newer of the provider''s and that of the latest '
  'valid milestone, else new; status_source says which (provider, milestones, none), status_since '
  'the time of that milestone. location_locode: of the latest milestone that has a place. teu is '
  'null where the length is unknown. ready_for_pickup: known to be available and without a hold. '
  'on_hold is null where that is unknown.';

CREATE OR REPLACE VIEW containers_with_latest_event AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  c.number,
  c.t49_shipment_id,
  c.bill_of_lading_number,
  c.shipping_line_scac,
  c.current_status,
  c.status_source,
  c.location_locode,
  c.seal_number,
  c.equipment_type,
  c.equipment_length,
  c.equipment_height,
  c.teu,
  c.weight_in_lbs,
  c.available_for_pickup,
  c.ready_for_pickup,
  c.holds_at_pod_terminal,
  c.fees_at_pod_terminal,
  c.pickup_lfd,
  c.pickup_appointment_at,
  c.pod_arrived_at,
  c.pod_discharged_at,
  c.pod_full_out_at,
  c.pod_timezone,
  c.empty_terminated_at,
  c.created_at,
  c.updated_at,
  latest.t49_event_id    AS latest_t49_event_id,
  latest.event_type      AS latest_event_type,
  latest.event_timestamp AS latest_event_timestamp,
  latest.timezone        AS latest_event_timezone,
  latest.voyage_number   AS latest_voyage_number,
  latest.vessel_name     AS latest_vessel_name,
  latest.vessel_imo      AS latest_vessel_imo,
  latest.location_locode AS latest_location,
  latest.location_name   AS latest_location_name,
  latest.terminal_name   AS latest_terminal_name,
  latest.data_source     AS latest_data_source
FROM containers_current c
LEFT JOIN LATERAL (
  SELECT t.*
  FROM container_timeline t
  WHERE t.tenant_id = c.tenant_id
    AND t.t49_container_id = c.t49_container_id
    AND NOT t.is_estimate
  ORDER BY t.event_timestamp DESC NULLS LAST, t.milestone_order DESC,
           t.t49_event_id COLLATE "C" DESC
  LIMIT 1
) latest ON true;

COMMENT ON VIEW containers_with_latest_event IS
  'Each container with its latest valid milestone, estimates apart; the latest_ columns are null '
  'where it has none. latest_location is the UN/LOCODE.';

CREATE OR REPLACE VIEW container_deadlines AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  c.number AS container_number,
  c.t49_shipment_id,
  deadline.kind,
  deadline.deadline_at,
  deadline.timezone
FROM containers c
CROSS JOIN LATERAL (VALUES
  -- The provider takes the first known of line, terminal and rail. A day that can only be rail's is
  -- a midnight in rail's zone.
  ('pickup_lfd', c.pickup_lfd,
   CASE
     WHEN c.pickup_lfd_line IS NULL AND c.pickup_lfd_terminal IS NULL
       AND c.pickup_lfd = c.pickup_lfd_rail
       THEN c.final_destination_timezone
     ELSE c.pod_timezone
   END),
  ('pickup_lfd_line',     c.pickup_lfd_line,       c.pod_timezone),
  ('pickup_lfd_terminal', c.pickup_lfd_terminal,   c.pod_timezone),
  ('pickup_lfd_rail',     c.pickup_lfd_rail,       c.final_destination_timezone),
  ('pickup_appointment',  c.pickup_appointment_at, c.pod_timezone)
) AS deadline (kind, deadline_at, timezone)
WHERE deadline.deadline_at IS NOT NULL;

COMMENT ON VIEW container_deadlines IS
  'One row for each known deadline of a container. kind: pickup_lfd (the one that counts), the '
  'three it is chosen from, and pickup_appointment. A last free day is its midnight in timezone.';

CREATE OR REPLACE VIEW active_shipments_summary AS
SELECT
  s.tenant_id,
  s.t49_shipment_id,
  s.bill_of_lading_number,
  s.normalized_number,
  s.shipping_line_scac,
  s.shipping_line_name,
  s.customer_name,
  s.ref_numbers,
  s.tags,
  coalesce(s.port_of_lading_locode, lading.locode)       AS port_of_lading_locode,
  coalesce(s.port_of_lading_name, lading.name)           AS port_of_lading_name,
  coalesce(s.port_of_discharge_locode, discharge.locode) AS port_of_discharge_locode,
  coalesce(s.port_of_discharge_name, discharge.name)     AS port_of_discharge_name,
  coalesce(s.destination_locode, destination_port.locode, destination_area.locode)
                                                         AS destination_locode,
  coalesce(s.destination_name, destination_port.name, destination_area.name)
                                                         AS destination_name,
  coalesce(pod_terminal.name, pod_rail_terminal.name)    AS pod_terminal_name,
  coalesce(destination_terminal.name, destination_rail_terminal.name)
                                                         AS destination_terminal_name,
  s.pod_vessel_name,
  s.pod_vessel_imo,
  s.pod_voyage_number,
  s.pol_etd_at,
  s.pol_atd_at,
  s.pol_timezone,
  s.pod_original_eta_at,
  s.pod_eta_at,
  s.pod_ata_at,
  s.pod_timezone,
  s.destination_eta_at,
  s.destination_ata_at,
  s.destination_timezone,
  boxes.container_count,
  boxes.teu,
  boxes.containers_of_unknown_length,
  boxes.containers_new,
  boxes.containers_on_ship,
  boxes.containers_at_terminal,
  boxes.containers_in_transit_inland,
  boxes.containers_available,
  boxes.containers_picked_up,
  boxes.containers_delivered,
  boxes.containers_empty_returned,
  boxes.containers_of_other_status,
  boxes.containers_on_hold,
  boxes.next_pickup_lfd,
  s.line_tracking_last_succeeded_at,
  s.created_at,
  s.updated_at,
  boxes.containers_of_unknown_hold
FROM shipments s
LEFT JOIN locations lading
  ON lading.tenant_id = s.tenant_id AND lading.t49_location_id = s.t49_port_of_lading_id
  AND lading.location_type = 'port'
LEFT JOIN locations discharge
  ON discharge.tenant_id = s.tenant_id AND discharge.t49_location_id = s.t49_port_of_discharge_id
  AND discharge.location_type = 'port'
LEFT JOIN locations destination_port
  ON destination_port.tenant_id = s.tenant_id
  AND destination_port.t49_location_id = s.t49_destination_id
  AND destination_port.location_type = 'port'
LEFT JOIN locations destination_area
  ON destination_area.tenant_id = s.tenant_id
  AND destination_area.t49_location_id = s.t49_destination_id
  AND destination_area.location_type = 'metro_area'
LEFT JOIN locations pod_terminal
  ON pod_terminal.tenant_id = s.tenant_id
  AND pod_terminal.t49_location_id = s.t49_pod_terminal_id
  AND pod_terminal.location_type = 'terminal'
LEFT JOIN locations pod_rail_terminal
  ON pod_rail_terminal.tenant_id = s.tenant_id
  AND pod_rail_terminal.t49_location_id = s.t49_pod_terminal_id
  AND pod_rail_terminal.location_type = 'rail_terminal'
LEFT JOIN locations destination_terminal
  ON destination_terminal.tenant_id = s.tenant_id
  AND destination_terminal.t49_location_id = s.t49_destination_terminal_id
  AND destination_terminal.location_type = 'terminal'
LEFT JOIN locations destination_rail_terminal
  ON destination_rail_terminal.tenant_id = s.tenant_id
  AND destination_rail_terminal.t49_location_id = s.t49_destination_terminal_id
  AND destination_rail_terminal.location_type = 'rail_terminal'
CROSS JOIN LATERAL (
  -- Each status is in one group, so that the groups add up to container_count.
  SELECT
    count(*) AS container_count,
    coalesce(sum(c.teu), 0) AS teu,
    count(*) FILTER (WHERE c.teu IS NULL) AS containers_of_unknown_length,
    count(*) FILTER (WHERE c.current_status = 'new') AS containers_new,
    count(*) FILTER (WHERE c.current_status = 'on_ship') AS containers_on_ship,
    count(*) FILTER (WHERE c.current_status IN
      ('grounded', 'not_available', 'awaiting_inland_transfer')) AS containers_at_terminal,
    count(*) FILTER (WHERE c.current_status = 'on_rail') AS containers_in_transit_inland,
    count(*) FILTER (WHERE c.current_status IN ('available', 'off_dock')) AS containers_available,
    count(*) FILTER (WHERE c.current_status IN
      ('picked_up', 'dropped', 'loaded')) AS containers_picked_up,
    count(*) FILTER (WHERE c.current_status = 'delivered') AS containers_delivered,
    count(*) FILTER (WHERE c.current_status = 'empty_returned') AS containers_empty_returned,
    -- What the provider may come to say that nobody has heard of yet.
    count(*) FILTER (WHERE c.current_status NOT IN
      ('new', 'on_ship', 'grounded', 'not_available', 'awaiting_inland_transfer', 'on_rail',
       'available', 'off_dock', 'picked_up', 'dropped', 'loaded', 'delivered', 'empty_returned'))
      AS containers_of_other_status,
    count(*) FILTER (WHERE c.on_hold) AS containers_on_hold,
    count(*) FILTER (WHERE c.on_hold IS NULL) AS containers_of_unknown_hold,
    min(c.pickup_lfd) FILTER (WHERE
      c.current_status NOT IN ('picked_up', 'dropped', 'loaded', 'delivered', 'empty_returned')
      AND c.pod_full_out_at IS NULL
      AND c.final_destination_full_out_at IS NULL
      AND c.empty_terminated_at IS NULL) AS next_pickup_lfd
  FROM containers_current c
  WHERE c.tenant_id = s.tenant_id AND c.t49_shipment_id = s.t49_shipment_id
) boxes
WHERE s.line_tracking_stopped_at IS NULL;

COMMENT ON VIEW active_shipments_summary IS
  'Shipments that are still tracked, with counts of their containers by status. teu is the sum '
  'over the known lengths; containers_of_unknown_length says how many it lacks, and '
  'containers_of_unknown_hold of how many it is not known whether they are on hold. next_pickup_lfd: '
  'the earliest last free day of a container that is not picked up yet.';

CREATE OR REPLACE VIEW webhook_deliveries AS
SELECT
  e.tenant_id,
  e.notification_id                                AS t49_notification_id,
  e.event_id,
  e.event_type,
  e.subject,
  -- What the provider called its delivery when it made it: no outcome of ours.
  payload_json(p.payload) #>> '{data,attributes,delivery_status}' AS delivery_status,
  -- completed is what was stored in tables, and nothing else: the workers that this view takes over
  -- from marked as completed what they had not stored at all. An UNHANDLED type is only received.
  CASE e.status
    WHEN 'PROCESSED'   THEN 'completed'
    WHEN 'UNHANDLED'   THEN 'received'
    WHEN 'DEAD_LETTER' THEN 'failed'
  END                                              AS processing_status,
  e.error_class,
  e.error_message                                  AS processing_error,
  e.processing_duration_ms,
  e.attempts,
  e.signature_valid,
  e.request_id,
  -- Null where the body is not JSON that jsonb takes, or the ledger keeps no payloads, or not so old
  -- ones.
  payload_json(p.payload)                          AS raw_payload,
  e.received_at,
  e.processed_at
FROM events e
-- At most one row each, so PostgreSQL (16 and newer) leaves the join out where nobody asks for what
-- it brings.
LEFT JOIN event_payloads p
  ON p.tenant_id = e.tenant_id AND p.source = e.source AND p.notification_id = e.notification_id
  AND p.stored_on = e.payload_stored_on
WHERE e.source = 'terminal49';

COMMENT ON VIEW webhook_deliveries IS
  'Terminal49''s notifications in the ledger. processing_status: completed (stored), received (kept, '
  'but of a type nobody handles), failed (a dead letter; processing_error says why).';

CREATE OR REPLACE VIEW webhook_processing_stats AS
SELECT
  tenant_id,
  -- An hour of UTC, whatever zone the session has.
  date_trunc('hour', processed_at, 'UTC') AS hour,
  event_type,
  processing_status,
  count(*)                                AS count,
  avg(processing_duration_ms)             AS avg_duration_ms,
  max(processing_duration_ms)             AS max_duration_ms
FROM webhook_deliveries
-- By the time of processing, which the ledger has an index on.
WHERE processed_at > now() - interval '24 hours'
GROUP BY tenant_id, date_trunc('hour', processed_at, 'UTC'), event_type, processing_status;

COMMENT ON VIEW webhook_processing_stats IS
  'Terminal49''s notifications of the last 24 hours by hour, type and processing_status: how many, '
  'and how long they took in milliseconds. The first hour is a part of one.';

CREATE OR REPLACE VIEW unlinked_containers AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  c.number,
  c.t49_shipment_id,
  CASE WHEN c.t49_shipment_id IS NULL THEN 'no_shipment_named' ELSE 'shipment_not_stored' END
    AS reason,
  c.created_at,
  c.updated_at
FROM containers c
WHERE NOT EXISTS (
  SELECT FROM shipments s
  WHERE s.tenant_id = c.tenant_id AND s.t49_shipment_id = c.t49_shipment_id
);

COMMENT ON VIEW unlinked_containers IS
  'Containers without a shipment: none was named (no_shipment_named), or the one named has not '
  'arrived itself (shipment_not_stored).';
