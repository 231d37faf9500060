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
  'The types of milestones and estimates, in the order of a journey.';
COMMENT ON COLUMN container_milestones.event_type IS
  'The type of the milestone or estimate, as in container_events.';
COMMENT ON COLUMN container_milestones.milestone_order IS
  'Its place in the journey. It decides between milestones of one time.';
COMMENT ON COLUMN container_milestones.status IS
  'The status of a container after it. Null for estimates.';
COMMENT ON COLUMN container_milestones.inland_status IS
  'The status of a container after it where its shipment has an inland destination. Null for '
  'estimates.';
COMMENT ON COLUMN container_milestones.is_estimate IS
  'Whether it is an estimate: it has not happened.';

CREATE OR REPLACE FUNCTION has_inland_destination(
  destination_locode text, port_of_discharge_locode text, destination_id text, port_of_discharge_id text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN destination_locode IS NOT NULL
      THEN destination_locode IS DISTINCT FROM port_of_discharge_locode
    ELSE destination_id IS NOT NULL AND destination_id IS DISTINCT FROM port_of_discharge_id
  END
$$;

COMMENT ON FUNCTION has_inland_destination IS
  'Whether a shipment goes on inland: it has a destination other than its port of discharge, by '
  'locode, or where no destination has a locode, by ID.';

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
  CASE
    WHEN has_inland_destination(s.destination_locode, s.port_of_discharge_locode,
      s.t49_destination_id, s.t49_port_of_discharge_id)
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
  e.created_at,
  greatest(e.updated_at, c.updated_at, s.updated_at, v.updated_at, port.updated_at,
    metro_area.updated_at, terminal.updated_at, rail_terminal.updated_at) AS updated_at,
  greatest(e.updated_xid, c.updated_xid, s.updated_xid, v.updated_xid, port.updated_xid,
    metro_area.updated_xid, terminal.updated_xid, rail_terminal.updated_xid) AS updated_xid
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
  'What happened to containers and what is expected: one row for each valid milestone or '
  'estimate, with the names of vessel, place and terminal.';
COMMENT ON COLUMN container_timeline.t49_container_id IS
  'The container. Null where the notification did not say whose event it is.';
COMMENT ON COLUMN container_timeline.container_number IS
  'The number of the container. Null where the container is not known.';
COMMENT ON COLUMN container_timeline.t49_shipment_id IS
  'The shipment of the container, or the one that the event named. Null where neither is known.';
COMMENT ON COLUMN container_timeline.event_type IS
  'The type of the milestone or estimate, as in container_milestones.';
COMMENT ON COLUMN container_timeline.milestone_order IS
  'Its place in the journey, as in container_milestones.';
COMMENT ON COLUMN container_timeline.is_estimate IS
  'Whether it is an estimate: it has not happened.';
COMMENT ON COLUMN container_timeline.status IS
  'The status of the container after it. Null for estimates.';
COMMENT ON COLUMN container_timeline.t49_vessel_id IS
  'The vessel, in vessels. Null where none was named.';
COMMENT ON COLUMN container_timeline.vessel_name IS
  'The name of the vessel: the newest known. Null where it is not known.';
COMMENT ON COLUMN container_timeline.vessel_imo IS
  'The IMO number of the vessel. Null where it is not known.';
COMMENT ON COLUMN container_timeline.t49_location_id IS
  'The place: a port or a metro_area in locations. Null where none was named.';
COMMENT ON COLUMN container_timeline.location_locode IS
  'The UN/LOCODE of the place. Null where it is not known.';
COMMENT ON COLUMN container_timeline.location_name IS
  'The name of the place: the newest known. Null where it is not known.';
COMMENT ON COLUMN container_timeline.terminal_name IS
  'The name of the terminal: the newest known. Null where it is not known.';

-- The rule of a container's status (docs/tables.md). Three things are evidence of it: what the provider
-- calls it, the valid milestones, and the times in the container's own row. A time in the row proves
-- a stage of the journey. Evidence of an earlier stage does not count then, whatever its time: so a
-- status never contradicts its own row.
CREATE OR REPLACE VIEW container_status_rule AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  CASE WHEN provider.counts THEN c.current_status ELSE coalesce(latest.status, 'new') END
    AS current_status,
  CASE WHEN provider.counts THEN 'provider' ELSE coalesce(latest.source, 'none') END
    AS status_source,
  CASE WHEN provider.counts THEN 'current_status' ELSE latest.evidence END AS status_evidence,
  -- The provider does not say since when its status holds.
  CASE WHEN NOT provider.counts THEN latest.happened_at END AS status_since,
  (SELECT place.locode
   FROM container_events e
   JOIN container_milestones m
     ON m.event_type = coalesce(e.event_type, e.reported_event_type) AND NOT m.is_estimate
   CROSS JOIN LATERAL (
     SELECT coalesce(
       e.location_locode,
       (SELECT port.locode FROM locations port
        WHERE port.tenant_id = e.tenant_id AND port.t49_location_id = e.t49_location_id
          AND port.location_type = 'port'),
       (SELECT area.locode FROM locations area
        WHERE area.tenant_id = e.tenant_id AND area.t49_location_id = e.t49_location_id
          AND area.location_type = 'metro_area')) AS locode
     OFFSET 0
   ) place
   WHERE e.tenant_id = c.tenant_id AND e.t49_container_id = c.t49_container_id
     AND e.invalidated_at IS NULL AND place.locode IS NOT NULL
   ORDER BY e.event_timestamp DESC NULLS LAST, m.milestone_order DESC,
            e.t49_event_id COLLATE "C" DESC
   LIMIT 1) AS location_locode
FROM containers c
LEFT JOIN shipments s
  ON s.tenant_id = c.tenant_id AND s.t49_shipment_id = c.t49_shipment_id
-- OFFSET 0: worked out once for a container, and not for each use of it.
CROSS JOIN LATERAL (
  SELECT has_inland_destination(s.destination_locode, s.port_of_discharge_locode,
    s.t49_destination_id, s.t49_port_of_discharge_id) AS is_inland
  OFFSET 0
) route
CROSS JOIN LATERAL (
  -- The furthest stage that the row's own times prove. Stages are orders of milestones. A container
  -- with an inland destination leaves the port's terminal before it goes on by rail.
  SELECT coalesce(greatest(
    CASE WHEN c.pod_arrived_at IS NOT NULL THEN 150 END,
    CASE WHEN c.pod_discharged_at IS NOT NULL THEN 170 END,
    CASE WHEN c.pod_full_out_at IS NOT NULL THEN CASE WHEN route.is_inland THEN 175 ELSE 260 END END,
    CASE WHEN c.pod_rail_loaded_at IS NOT NULL THEN 180 END,
    CASE WHEN c.pod_rail_departed_at IS NOT NULL THEN 190 END,
    CASE WHEN c.ind_ata_at IS NOT NULL THEN 210 END,
    CASE WHEN c.ind_rail_unloaded_at IS NOT NULL THEN 220 END,
    CASE WHEN c.final_destination_full_out_at IS NOT NULL THEN 260 END,
    CASE WHEN c.empty_terminated_at IS NOT NULL THEN 280 END), 0) AS stage
  OFFSET 0
) proven
LEFT JOIN LATERAL (
  SELECT evidence.*
  FROM (
    SELECT
      'milestones' AS source,
      m.event_type AS evidence,
      m.milestone_order,
      CASE
        WHEN CASE
               WHEN c.t49_shipment_id IS NOT NULL OR e.t49_shipment_id IS NULL THEN route.is_inland
               ELSE coalesce(
                 (SELECT has_inland_destination(own.destination_locode,
                    own.port_of_discharge_locode, own.t49_destination_id,
                    own.t49_port_of_discharge_id)
                  FROM shipments own
                  WHERE own.tenant_id = e.tenant_id AND own.t49_shipment_id = e.t49_shipment_id),
                 false)
             END
          THEN m.inland_status
        ELSE m.status
      END AS status,
      e.event_timestamp AS happened_at,
      e.t49_event_id AS id
    FROM container_events e
    JOIN container_milestones m
      ON m.event_type = coalesce(e.event_type, e.reported_event_type) AND NOT m.is_estimate
    WHERE e.tenant_id = c.tenant_id AND e.t49_container_id = c.t49_container_id
      AND e.invalidated_at IS NULL
    UNION ALL
    SELECT 'times', own.evidence, own.milestone_order, own.status, own.happened_at, NULL
    FROM (VALUES
      ('pod_arrived_at', 150, 'on_ship', c.pod_arrived_at),
      ('pod_discharged_at', 170,
       CASE WHEN route.is_inland THEN 'awaiting_inland_transfer' ELSE 'grounded' END,
       c.pod_discharged_at),
      ('pod_rail_loaded_at', 180, 'on_rail', c.pod_rail_loaded_at),
      ('pod_rail_departed_at', 190, 'on_rail', c.pod_rail_departed_at),
      ('ind_ata_at', 210, 'on_rail', c.ind_ata_at),
      ('ind_rail_unloaded_at', 220, 'grounded', c.ind_rail_unloaded_at),
      ('pod_full_out_at', 260, 'picked_up', c.pod_full_out_at),
      ('final_destination_full_out_at', 260, 'picked_up', c.final_destination_full_out_at),
      ('empty_terminated_at', 280, 'empty_returned', c.empty_terminated_at)
    ) AS own (evidence, milestone_order, status, happened_at)
    WHERE own.happened_at IS NOT NULL
  ) evidence
  WHERE evidence.milestone_order >= proven.stage
  -- Of a milestone and a time of the row that tell the same, the milestone is named.
  ORDER BY evidence.happened_at DESC NULLS LAST, evidence.milestone_order DESC,
           evidence.id COLLATE "C" DESC NULLS LAST, evidence.evidence COLLATE "C"
  LIMIT 1
) latest ON true
-- The provider's status counts where it is as new as the latest evidence, and no earlier stage.
CROSS JOIN LATERAL (
  SELECT
    c.current_status IS NOT NULL
    AND coalesce((
      SELECT last_stage FROM (VALUES
        ('new', 20), ('on_ship', 160), ('awaiting_inland_transfer', 170), ('on_rail', 210),
        ('grounded', 230), ('available', 250), ('not_available', 250), ('off_dock', 250),
        ('picked_up', 270), ('dropped', 270), ('loaded', 270), ('delivered', 270)
      ) AS known (status, last_stage)
      WHERE known.status = c.current_status) >= proven.stage, true)
    AND (latest.happened_at > version_time(c.status_version)) IS NOT TRUE AS counts
  OFFSET 0
) provider;

COMMENT ON VIEW container_status_rule IS
  'The status of each container, worked out from what the provider called it, the milestones and '
  'the times of its row. That takes 50 to 100 microseconds for each. Ask containers_current '
  'instead.';
COMMENT ON COLUMN container_status_rule.t49_container_id IS 'The provider''s ID of the container.';
COMMENT ON COLUMN container_status_rule.current_status IS 'The status, as in container_statuses.';
COMMENT ON COLUMN container_status_rule.status_source IS
  'What the status follows from, as in container_statuses.';
COMMENT ON COLUMN container_status_rule.status_evidence IS
  'The evidence for the status, as in container_statuses.';
COMMENT ON COLUMN container_status_rule.status_since IS
  'The time of the evidence, as in container_statuses.';
COMMENT ON COLUMN container_status_rule.location_locode IS
  'The place of the latest milestone that has one, as in container_statuses.';

-- A mark that is there is locked until this transaction ends, so that nobody works it off before.
CREATE OR REPLACE FUNCTION mark_container_statuses(tenant_ids text[], container_ids text[])
RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
  -- Most statements change nothing that a status follows from.
  IF tenant_ids IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO container_statuses_stale AS held (tenant_id, t49_container_id)
  SELECT DISTINCT * FROM unnest(tenant_ids, container_ids) ORDER BY 1, 2
  ON CONFLICT (tenant_id, t49_container_id) DO UPDATE SET
    updated_at = now(), updated_xid = pg_current_xact_id()
  WHERE held.updated_xid <> pg_current_xact_id();
END
$$;

COMMENT ON FUNCTION mark_container_statuses IS
  'Marks the status of containers as stale.';

-- The rule reads in a statement of its own, after the marks were taken: so it sees what the transactions
-- have committed that left them.
CREATE OR REPLACE FUNCTION refresh_container_statuses(most integer) RETURNS integer
LANGUAGE plpgsql
-- A plan by indexes for each run: one that was made for empty tables would be bad for full ones.
SET search_path FROM CURRENT SET plan_cache_mode = force_custom_plan SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
  tenants text[];
  ids     text[];
BEGIN
  WITH taken AS (
    SELECT tenant_id, t49_container_id FROM container_statuses_stale
    LIMIT most FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM container_statuses_stale stale USING taken
    WHERE stale.tenant_id = taken.tenant_id AND stale.t49_container_id = taken.t49_container_id
    RETURNING stale.tenant_id, stale.t49_container_id
  )
  SELECT array_agg(tenant_id), array_agg(t49_container_id) INTO tenants, ids FROM gone;
  IF tenants IS NULL THEN
    RETURN 0;
  END IF;

  INSERT INTO container_statuses AS held (
    tenant_id, t49_container_id, current_status, status_source, status_evidence, status_since,
    location_locode)
  SELECT told.*
  FROM unnest(tenants, ids) AS taken (tenant_id, t49_container_id)
  JOIN container_status_rule told
    ON told.tenant_id = taken.tenant_id AND told.t49_container_id = taken.t49_container_id
  ON CONFLICT (tenant_id, t49_container_id) DO UPDATE SET
    current_status = EXCLUDED.current_status,
    status_source = EXCLUDED.status_source,
    status_evidence = EXCLUDED.status_evidence,
    status_since = EXCLUDED.status_since,
    location_locode = EXCLUDED.location_locode,
    previous_status = CASE
      WHEN held.current_status <> EXCLUDED.current_status THEN held.current_status
      ELSE held.previous_status
    END,
    status_xid = CASE
      WHEN held.current_status <> EXCLUDED.current_status THEN pg_current_xact_id()
      ELSE held.status_xid
    END,
    updated_at = now(),
    updated_xid = pg_current_xact_id()
  WHERE (held.current_status, held.status_source, held.status_evidence, held.status_since,
         held.location_locode)
    IS DISTINCT FROM
      (EXCLUDED.current_status, EXCLUDED.status_source, EXCLUDED.status_evidence,
       EXCLUDED.status_since, EXCLUDED.location_locode);
  RETURN cardinality(tenants);
END
$$;

COMMENT ON FUNCTION refresh_container_statuses IS
  'Brings up to that many stale statuses up to date, and returns how many there were.';

CREATE OR REPLACE FUNCTION containers_written() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  tenants    text[];
  containers text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(tenant_id), array_agg(t49_container_id) INTO tenants, containers FROM new_rows;
  ELSE
    SELECT array_agg(tenant_id), array_agg(t49_container_id) INTO tenants, containers
    FROM (
      SELECT tenant_id, t49_container_id, t49_shipment_id, current_status,
        CASE WHEN current_status IS NOT NULL THEN status_version END,
        pod_arrived_at, pod_discharged_at, pod_full_out_at, pod_rail_loaded_at,
        pod_rail_departed_at, ind_ata_at, ind_rail_unloaded_at, final_destination_full_out_at,
        empty_terminated_at
      FROM new_rows
      EXCEPT
      SELECT tenant_id, t49_container_id, t49_shipment_id, current_status,
        CASE WHEN current_status IS NOT NULL THEN status_version END,
        pod_arrived_at, pod_discharged_at, pod_full_out_at, pod_rail_loaded_at,
        pod_rail_departed_at, ind_ata_at, ind_rail_unloaded_at, final_destination_full_out_at,
        empty_terminated_at
      FROM old_rows
    ) AS changed;
  END IF;
  PERFORM mark_container_statuses(tenants, containers);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION containers_written IS
  'The trigger that marks the status of containers whose rows have changed.';

CREATE OR REPLACE FUNCTION containers_deleted() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM container_statuses
  WHERE (tenant_id, t49_container_id) IN (SELECT tenant_id, t49_container_id FROM old_rows);
  DELETE FROM container_statuses_stale
  WHERE (tenant_id, t49_container_id) IN (SELECT tenant_id, t49_container_id FROM old_rows);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION containers_deleted IS
  'The trigger that deletes the status of containers that are deleted.';

CREATE OR REPLACE FUNCTION container_events_written() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  tenants    text[];
  containers text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(tenant_id), array_agg(t49_container_id) INTO tenants, containers
    FROM new_rows WHERE t49_container_id IS NOT NULL;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(tenant_id), array_agg(t49_container_id) INTO tenants, containers
    FROM old_rows WHERE t49_container_id IS NOT NULL;
  ELSE
    WITH before AS (
      SELECT tenant_id, t49_container_id, t49_event_id, event_type, reported_event_type,
        event_timestamp, t49_shipment_id, location_locode, t49_location_id, invalidated_at
      FROM old_rows
    ), after AS (
      SELECT tenant_id, t49_container_id, t49_event_id, event_type, reported_event_type,
        event_timestamp, t49_shipment_id, location_locode, t49_location_id, invalidated_at
      FROM new_rows
    )
    SELECT array_agg(tenant_id), array_agg(t49_container_id) INTO tenants, containers
    FROM (
      SELECT tenant_id, t49_container_id FROM (SELECT * FROM after EXCEPT SELECT * FROM before) AS now_of
      UNION
      -- A milestone that is another container's now leaves the one that it was of.
      SELECT tenant_id, t49_container_id FROM (SELECT * FROM before EXCEPT SELECT * FROM after) AS before_of
    ) AS changed
    WHERE t49_container_id IS NOT NULL;
  END IF;
  PERFORM mark_container_statuses(tenants, containers);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION container_events_written IS
  'The trigger that marks the status of containers whose milestones have changed.';

-- A shipment decides whether its containers go on inland. It may come after them. Milestones of a
-- container that names no shipment name theirs.
CREATE OR REPLACE FUNCTION shipments_written() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
  tenants    text[];
  shipments  text[];
  containers text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(tenant_id), array_agg(t49_shipment_id) INTO tenants, shipments
    FROM new_rows
    WHERE has_inland_destination(destination_locode, port_of_discharge_locode, t49_destination_id,
      t49_port_of_discharge_id);
  ELSE
    SELECT array_agg(tenant_id), array_agg(t49_shipment_id) INTO tenants, shipments
    FROM (
      SELECT tenant_id, t49_shipment_id, has_inland_destination(destination_locode,
        port_of_discharge_locode, t49_destination_id, t49_port_of_discharge_id)
      FROM new_rows
      EXCEPT
      SELECT tenant_id, t49_shipment_id, has_inland_destination(destination_locode,
        port_of_discharge_locode, t49_destination_id, t49_port_of_discharge_id)
      FROM old_rows
    ) AS changed;
  END IF;
  IF tenants IS NOT NULL THEN
    SELECT array_agg(its.tenant_id), array_agg(its.t49_container_id) INTO tenants, containers
    FROM (
      SELECT c.tenant_id, c.t49_container_id
      FROM unnest(tenants, shipments) AS changed (tenant_id, t49_shipment_id)
      JOIN containers c
        ON c.tenant_id = changed.tenant_id AND c.t49_shipment_id = changed.t49_shipment_id
      UNION ALL
      SELECT c.tenant_id, c.t49_container_id
      FROM unnest(tenants, shipments) AS changed (tenant_id, t49_shipment_id)
      JOIN containers c ON c.tenant_id = changed.tenant_id AND c.t49_shipment_id IS NULL
      WHERE EXISTS (
        SELECT FROM container_events e
        WHERE e.tenant_id = c.tenant_id AND e.t49_container_id = c.t49_container_id
          AND e.t49_shipment_id = changed.t49_shipment_id)
    ) AS its;
  END IF;
  PERFORM mark_container_statuses(tenants, containers);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION shipments_written IS
  'The trigger that marks the status of containers whose shipment has changed its destination.';

-- A place may come after the milestones there, and with it its locode.
CREATE OR REPLACE FUNCTION locations_written() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
  tenants    text[];
  locations  text[];
  containers text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(tenant_id), array_agg(t49_location_id) INTO tenants, locations
    FROM new_rows WHERE locode IS NOT NULL;
  ELSE
    SELECT array_agg(tenant_id), array_agg(t49_location_id) INTO tenants, locations
    FROM (
      SELECT tenant_id, t49_location_id, location_type, locode FROM new_rows
      EXCEPT
      SELECT tenant_id, t49_location_id, location_type, locode FROM old_rows
    ) AS changed;
  END IF;
  IF tenants IS NOT NULL THEN
    SELECT array_agg(e.tenant_id), array_agg(e.t49_container_id) INTO tenants, containers
    FROM unnest(tenants, locations) AS changed (tenant_id, t49_location_id)
    JOIN container_events e
      ON e.tenant_id = changed.tenant_id AND e.t49_location_id = changed.t49_location_id
    WHERE e.location_locode IS NULL AND e.t49_location_id IS NOT NULL
      AND e.t49_container_id IS NOT NULL;
  END IF;
  PERFORM mark_container_statuses(tenants, containers);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION locations_written IS
  'The trigger that marks the status of containers that have milestones at a place with another '
  'locode.';

CREATE OR REPLACE TRIGGER containers_inserted AFTER INSERT ON containers
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION containers_written();
CREATE OR REPLACE TRIGGER containers_updated AFTER UPDATE ON containers
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION containers_written();
CREATE OR REPLACE TRIGGER containers_deleted AFTER DELETE ON containers
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION containers_deleted();

CREATE OR REPLACE TRIGGER container_events_inserted AFTER INSERT ON container_events
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION container_events_written();
CREATE OR REPLACE TRIGGER container_events_updated AFTER UPDATE ON container_events
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION container_events_written();
CREATE OR REPLACE TRIGGER container_events_deleted AFTER DELETE ON container_events
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION container_events_written();

CREATE OR REPLACE TRIGGER shipments_inserted AFTER INSERT ON shipments
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION shipments_written();
CREATE OR REPLACE TRIGGER shipments_updated AFTER UPDATE ON shipments
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION shipments_written();

CREATE OR REPLACE TRIGGER locations_inserted AFTER INSERT ON locations
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION locations_written();
CREATE OR REPLACE TRIGGER locations_updated AFTER UPDATE ON locations
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION locations_written();

-- What is kept of each container's status, and for those whose is stale what the rule says now. Each arm
-- reads one table without a condition: only then do conditions and joins of whoever asks reach the
-- indexes of both.
CREATE OR REPLACE VIEW container_statuses_now AS
SELECT
  tenant_id, t49_container_id, current_status, status_source, status_evidence, status_since,
  location_locode, updated_at, updated_xid,
  (SELECT true FROM container_statuses_stale stale
   WHERE stale.tenant_id = kept.tenant_id AND stale.t49_container_id = kept.t49_container_id)
    AS is_stale
FROM container_statuses kept
UNION ALL
SELECT
  tenant_id,
  t49_container_id,
  (SELECT rule.current_status FROM container_status_rule rule
   WHERE rule.tenant_id = stale.tenant_id AND rule.t49_container_id = stale.t49_container_id),
  (SELECT rule.status_source FROM container_status_rule rule
   WHERE rule.tenant_id = stale.tenant_id AND rule.t49_container_id = stale.t49_container_id),
  (SELECT rule.status_evidence FROM container_status_rule rule
   WHERE rule.tenant_id = stale.tenant_id AND rule.t49_container_id = stale.t49_container_id),
  (SELECT rule.status_since FROM container_status_rule rule
   WHERE rule.tenant_id = stale.tenant_id AND rule.t49_container_id = stale.t49_container_id),
  (SELECT rule.location_locode FROM container_status_rule rule
   WHERE rule.tenant_id = stale.tenant_id AND rule.t49_container_id = stale.t49_container_id),
  updated_at,
  updated_xid,
  NULL
FROM container_statuses_stale stale;

COMMENT ON VIEW container_statuses_now IS
  'The kept status of each container, and for those that are stale what the rule says now. Ask '
  'containers_current instead.';
COMMENT ON COLUMN container_statuses_now.is_stale IS
  'True for a kept status that is out of date: another row has the present one. Null for the '
  'present status.';

CREATE OR REPLACE VIEW containers_current AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  c.number,
  status.current_status,
  status.status_source,
  status.status_evidence,
  status.status_since,
  status.location_locode,
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
  holds.in_force                                   AS on_hold,
  greatest(c.updated_at, status.updated_at, s.updated_at, pod_terminal.updated_at,
    pod_rail_terminal.updated_at, pickup_terminal.updated_at, pickup_rail_terminal.updated_at)
                                                   AS updated_at,
  greatest(c.updated_xid, status.updated_xid, s.updated_xid, pod_terminal.updated_xid,
    pod_rail_terminal.updated_xid, pickup_terminal.updated_xid, pickup_rail_terminal.updated_xid)
                                                   AS updated_xid
FROM containers c
JOIN container_statuses_now status
  ON status.tenant_id = c.tenant_id AND status.t49_container_id = c.t49_container_id
  AND status.is_stale IS NULL
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
  'Containers as they are now: one row for each, with its status, names and deadlines. A column '
  'is null where the provider said nothing of it, or said that there is nothing.';
COMMENT ON COLUMN containers_current.t49_shipment_id IS
  'Its shipment. Null where none is known. The shipment may not be stored yet.';
COMMENT ON COLUMN containers_current.teu IS
  'The size in twenty-foot units, from the length: 40 feet are 2.00. Null where the length is '
  'unknown.';
COMMENT ON COLUMN containers_current.ready_for_pickup IS
  'Whether the container is known to be available and to have no hold. What is unknown makes this '
  'false.';
COMMENT ON COLUMN containers_current.pod_terminal_name IS
  'The name of the terminal at the port of discharge. Null where it is not known.';
COMMENT ON COLUMN containers_current.pickup_facility_name IS
  'The name of the place where it is to be picked up. Null where it is not known.';
COMMENT ON COLUMN containers_current.on_hold IS
  'Whether a hold is in force. A pending one is not. Null where that is unknown.';

-- Each arm has an index.
CREATE OR REPLACE VIEW containers_updated AS
SELECT tenant_id, t49_container_id, updated_xid, updated_at FROM containers
UNION ALL
SELECT tenant_id, t49_container_id, updated_xid, updated_at FROM container_statuses
UNION ALL
SELECT tenant_id, t49_container_id, updated_xid, updated_at FROM container_statuses_stale
UNION ALL
SELECT s.tenant_id, c.t49_container_id, s.updated_xid, s.updated_at
FROM shipments s
JOIN containers c ON c.tenant_id = s.tenant_id AND c.t49_shipment_id = s.t49_shipment_id
UNION ALL
SELECT l.tenant_id, c.t49_container_id, l.updated_xid, l.updated_at
FROM locations l
JOIN containers c
  ON c.tenant_id = l.tenant_id
  AND l.t49_location_id IN (c.t49_pod_terminal_id, c.t49_pickup_facility_id)
WHERE l.location_type IN ('terminal', 'rail_terminal');

COMMENT ON VIEW containers_updated IS
  'For programs that poll: which rows of containers_current changed in which transaction '
  '(docs/changes.md). A container may be here several times.';

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
  latest.data_source     AS latest_data_source,
  greatest(c.updated_at, latest.updated_at)   AS updated_at,
  greatest(c.updated_xid, latest.updated_xid) AS updated_xid
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
  'Containers as they are now, each with its latest valid milestone. Estimates do not count. The '
  'latest_ columns are null where there is no milestone.';
COMMENT ON COLUMN containers_with_latest_event.t49_container_id IS 'The provider''s ID of the container.';
COMMENT ON COLUMN containers_with_latest_event.current_status IS
  'The status, as in containers_current.';
COMMENT ON COLUMN containers_with_latest_event.location_locode IS
  'The UN/LOCODE of the place of the latest milestone that has a place. Null where no milestone '
  'has one.';
COMMENT ON COLUMN containers_with_latest_event.t49_shipment_id IS
  'Its shipment. Null where none is known. The shipment may not be stored yet.';
COMMENT ON COLUMN containers_with_latest_event.created_at IS
  'When the provider made its record of the container.';
COMMENT ON COLUMN containers_with_latest_event.latest_t49_event_id IS
  'The provider''s ID of the latest milestone.';
COMMENT ON COLUMN containers_with_latest_event.latest_event_type IS
  'The type of the latest milestone.';
COMMENT ON COLUMN containers_with_latest_event.latest_event_timestamp IS
  'When the latest milestone happened. Null also where its time is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_event_timezone IS
  'The time zone of that time. Null also where it is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_voyage_number IS
  'The voyage of the latest milestone. Null also where it is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_vessel_name IS
  'The vessel of the latest milestone. Null also where it is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_vessel_imo IS
  'The IMO number of that vessel. Null also where it is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_location IS
  'The UN/LOCODE of the place of the latest milestone. Null also where it is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_location_name IS
  'The name of that place. Null also where it is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_terminal_name IS
  'The terminal of the latest milestone. Null also where it is not known.';
COMMENT ON COLUMN containers_with_latest_event.latest_data_source IS
  'Who told the latest milestone to the provider. Null also where it is not known.';

CREATE OR REPLACE VIEW container_deadlines AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  c.number AS container_number,
  c.t49_shipment_id,
  deadline.kind,
  deadline.deadline_at,
  deadline.timezone,
  c.updated_at,
  c.updated_xid
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
  'One row for each known deadline of a container. pickup_lfd is the last free day that counts: '
  'the first known of line, terminal and rail.';
COMMENT ON COLUMN container_deadlines.container_number IS 'The number of the container.';
COMMENT ON COLUMN container_deadlines.kind IS
  'pickup_lfd, pickup_lfd_line, pickup_lfd_terminal, pickup_lfd_rail or pickup_appointment.';
COMMENT ON COLUMN container_deadlines.deadline_at IS
  'The deadline. A last free day is its midnight in timezone.';
COMMENT ON COLUMN container_deadlines.timezone IS
  'The time zone of the place. Where it is null, deadline_at is the local clock of the place, '
  'read as UTC.';

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
  boxes.containers_of_unknown_hold,
  s.created_at,
  greatest(s.updated_at, boxes.updated_at, lading.updated_at, discharge.updated_at,
    destination_port.updated_at, destination_area.updated_at, pod_terminal.updated_at,
    pod_rail_terminal.updated_at, destination_terminal.updated_at,
    destination_rail_terminal.updated_at)                AS updated_at,
  greatest(s.updated_xid, boxes.updated_xid, lading.updated_xid, discharge.updated_xid,
    destination_port.updated_xid, destination_area.updated_xid, pod_terminal.updated_xid,
    pod_rail_terminal.updated_xid, destination_terminal.updated_xid,
    destination_rail_terminal.updated_xid)               AS updated_xid
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
      AND c.empty_terminated_at IS NULL) AS next_pickup_lfd,
    max(c.updated_at) AS updated_at,
    max(c.updated_xid) AS updated_xid
  FROM containers_current c
  WHERE c.tenant_id = s.tenant_id AND c.t49_shipment_id = s.t49_shipment_id
) boxes
WHERE s.line_tracking_stopped_at IS NULL;

COMMENT ON VIEW active_shipments_summary IS
  'Shipments that are still tracked, with counts of their containers by status.';
COMMENT ON COLUMN active_shipments_summary.pod_terminal_name IS
  'The name of the terminal at the port of discharge. Null where it is not known.';
COMMENT ON COLUMN active_shipments_summary.destination_terminal_name IS
  'The name of the terminal at the destination. Null where it is not known.';
COMMENT ON COLUMN active_shipments_summary.container_count IS
  'How many containers the shipment has. The counts by status add up to it.';
COMMENT ON COLUMN active_shipments_summary.teu IS
  'The size of its containers in twenty-foot units, as far as their lengths are known.';
COMMENT ON COLUMN active_shipments_summary.containers_of_unknown_length IS
  'How many containers teu lacks.';
COMMENT ON COLUMN active_shipments_summary.containers_new IS 'How many containers are new.';
COMMENT ON COLUMN active_shipments_summary.containers_on_ship IS 'How many containers are on_ship.';
COMMENT ON COLUMN active_shipments_summary.containers_at_terminal IS
  'How many containers are grounded, not_available or awaiting_inland_transfer.';
COMMENT ON COLUMN active_shipments_summary.containers_in_transit_inland IS
  'How many containers are on_rail.';
COMMENT ON COLUMN active_shipments_summary.containers_available IS
  'How many containers are available or off_dock.';
COMMENT ON COLUMN active_shipments_summary.containers_picked_up IS
  'How many containers are picked_up, dropped or loaded.';
COMMENT ON COLUMN active_shipments_summary.containers_delivered IS
  'How many containers are delivered.';
COMMENT ON COLUMN active_shipments_summary.containers_empty_returned IS
  'How many containers are empty_returned.';
COMMENT ON COLUMN active_shipments_summary.containers_of_other_status IS
  'How many containers have a status that the provider has not used so far.';
COMMENT ON COLUMN active_shipments_summary.containers_on_hold IS
  'How many containers have a hold in force.';
COMMENT ON COLUMN active_shipments_summary.containers_of_unknown_hold IS
  'Of how many containers it is not known whether they are on hold.';
COMMENT ON COLUMN active_shipments_summary.next_pickup_lfd IS
  'The earliest last free day of the containers that are not picked up yet. Null where none has '
  'one.';

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
  'The notifications of Terminal49 in the ledger, in the names that older workers used.';
COMMENT ON COLUMN webhook_deliveries.t49_notification_id IS
  'The provider''s ID of the notification.';
COMMENT ON COLUMN webhook_deliveries.delivery_status IS
  'What the provider wrote into the notification when it made it. It does not tell how the '
  'notification went here. Null where raw_payload is.';
COMMENT ON COLUMN webhook_deliveries.processing_status IS
  'completed: stored in tables. received: kept, but nobody handles its type. failed: a dead '
  'letter.';
COMMENT ON COLUMN webhook_deliveries.processing_error IS
  'Why a dead letter failed. Null for the others.';
COMMENT ON COLUMN webhook_deliveries.raw_payload IS
  'The body. Null where jsonb cannot hold it, and where the ledger does not keep it or keeps it '
  'no more.';

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
  'The notifications of Terminal49 of the last 24 hours, by hour, type and processing_status. The '
  'first hour is a part of one.';
COMMENT ON COLUMN webhook_processing_stats.hour IS 'The hour (UTC) of the processing.';
COMMENT ON COLUMN webhook_processing_stats.processing_status IS
  'completed, received or failed, as in webhook_deliveries.';
COMMENT ON COLUMN webhook_processing_stats.count IS 'How many notifications there were.';
COMMENT ON COLUMN webhook_processing_stats.avg_duration_ms IS
  'How long they took on average, in milliseconds.';
COMMENT ON COLUMN webhook_processing_stats.max_duration_ms IS
  'How long the slowest took, in milliseconds.';

CREATE OR REPLACE VIEW unlinked_containers AS
SELECT
  c.tenant_id,
  c.t49_container_id,
  c.number,
  c.t49_shipment_id,
  CASE WHEN c.t49_shipment_id IS NULL THEN 'no_shipment_named' ELSE 'shipment_not_stored' END
    AS reason,
  c.created_at,
  c.updated_at,
  c.updated_xid
FROM containers c
WHERE NOT EXISTS (
  SELECT FROM shipments s
  WHERE s.tenant_id = c.tenant_id AND s.t49_shipment_id = c.t49_shipment_id
);

COMMENT ON VIEW unlinked_containers IS
  'Containers without a shipment, and why.';
COMMENT ON COLUMN unlinked_containers.t49_shipment_id IS
  'The shipment that was named. Null where none was.';
COMMENT ON COLUMN unlinked_containers.reason IS
  'no_shipment_named, or shipment_not_stored: it was named and has not arrived itself.';

SELECT comment_common_columns(
  'container_milestones', 'container_timeline', 'container_status_rule', 'container_statuses_now',
  'containers_current', 'containers_updated', 'containers_with_latest_event', 'container_deadlines',
  'active_shipments_summary', 'webhook_deliveries', 'webhook_processing_stats', 'unlinked_containers');

-- The rule may have changed with this file.
SELECT mark_container_statuses(array_agg(tenant_id), array_agg(t49_container_id)) FROM containers;
