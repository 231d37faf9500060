-- The ledger: one row for every notification seen, and the letters that could not be delivered.
--
-- It records, it never gates: whether an event's rows are written is decided by their versions.

-- The ledger and all other technical tables are in the schema tidegate. The tables of sources and
-- their views are in the applications' schema: the first of the search path, public by default.
SET LOCAL search_path TO tidegate;

-- A version is bytes that compare as versions do: 8 bytes of time, which are the microseconds since
-- the year 1, and 16 bytes of a hash over the notification's ID and content. Those of an
-- application's events have 16 bytes between the two.

-- The time that a version begins with: when the source said that the event's facts were true.
CREATE FUNCTION version_time(version bytea) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- By the day and the rest: a number of microseconds is more than an interval takes exactly. Without
  -- the sign, so that no bytes can fail a query.
  SELECT (date '0001-01-01' + (microseconds / 86400000000)::integer)::timestamp AT TIME ZONE 'UTC'
    + microseconds % 86400000000 * interval '1 microsecond'
  FROM (SELECT ('x' || encode(substr(version, 1, 8), 'hex'))::bit(64)::bigint
      & 9223372036854775807 AS microseconds) AS t
$$;

-- What a version of that content under that ID ends with.
CREATE FUNCTION version_hash(notification_id text, content_sha256 text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT substr(
    sha256(
      int4send(octet_length(convert_to(notification_id, 'UTF8')))
        || convert_to(notification_id, 'UTF8') || convert_to(content_sha256, 'UTF8')),
    1, 16)
$$;

CREATE TABLE events (
  tenant_id              text        NOT NULL,
  source                 text        NOT NULL,
  -- The sender's ID; "pubsub-message:<id>" where the message carried none that could be read.
  notification_id        text        NOT NULL,
  -- Opaque, for URLs: derived from the three above (EventId), so that the gateway knows it before
  -- the event is here. It proves nothing: anyone who knows the three can compute it.
  event_id               uuid        NOT NULL,
  event_type             text,
  subject                text,
  status                 text        NOT NULL
    CHECK (status IN ('PROCESSED', 'UNHANDLED', 'DEAD_LETTER')),
  -- The version of the body this row describes: the newest that was not a dead letter.
  version                bytea       NOT NULL,
  attempts               integer     NOT NULL DEFAULT 1,
  -- How often the notification came with another body or type than the one this row described then.
  conflicts              integer     NOT NULL DEFAULT 0,
  received_at            timestamptz NOT NULL,
  published_at           timestamptz NOT NULL,
  processed_at           timestamptz NOT NULL,
  -- Milliseconds from reaching the sink, and from publication, to the transaction that wrote the
  -- event's rows: to its first statement; its batch's rows and the commit follow.
  processing_duration_ms double precision,
  latency_ms             double precision,
  error_class            text,
  error_message          text,
  signature_valid        boolean,
  request_id             text,
  attributes             jsonb       NOT NULL,
  -- The message that brought the body; null where that was a dead letter.
  message_id             text,
  -- What of the body could not be stored, while the rest was: [{"pointer": …, "rule": …}].
  warnings               jsonb,
  -- What it is about: {"keys": {"container_number": "MSCU1234567"}, "rows": {"containers": [["17"]]}}.
  -- Keys are what its source declares. Rows are those that it says something of, by table: the parts
  -- of each one's key, without the tenant.
  about                  jsonb,
  -- The same for searches: a hash (EventKeys) of each value, and of each table and key.
  about_index            bigint[],
  -- Where in event_payloads its body is. Null with --ledgerPayload=false and for dead letters; of a
  -- body that is older than --ledgerRetention nothing is there any more.
  payload_stored_on      date,
  PRIMARY KEY (tenant_id, source, notification_id)
);

CREATE UNIQUE INDEX events_event_id ON events (event_id);
CREATE INDEX events_processed_at ON events (processed_at);
CREATE INDEX events_warnings ON events (tenant_id, processed_at DESC) WHERE warnings IS NOT NULL;
CREATE INDEX events_about ON events USING gin (about_index);
CREATE INDEX events_status ON events (tenant_id, status, processed_at DESC);

-- The original bodies, apart from the ledger: so they can be dropped by the day, which costs nothing,
-- and the ledger's rows are small. A partition key would have to enter the ledger's unique key.
CREATE TABLE event_payloads (
  tenant_id       text  NOT NULL,
  source          text  NOT NULL,
  notification_id text  NOT NULL,
  -- The database's day (UTC) of writing, and not the event's: a replay of an old event is kept anew.
  stored_on       date  NOT NULL,
  -- The body, compressed: read it with payload_body or payload_json.
  payload         bytea NOT NULL,
  PRIMARY KEY (tenant_id, source, notification_id, stored_on)
) PARTITION BY RANGE (stored_on);

-- The writer has compressed it.
ALTER TABLE event_payloads ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The pipeline makes each day's partition ahead. What it has made none for is kept here, so that a
-- missing one refuses no event.
CREATE TABLE event_payloads_default PARTITION OF event_payloads DEFAULT
  -- Up to half a page a payload stays in its row: each chunk elsewhere would cost another two writes.
  WITH (toast_tuple_target = 4080);
CREATE INDEX event_payloads_default_stored_on ON event_payloads_default (stored_on);

-- The body that event_payloads.payload holds. Its first byte says how: 0, then the body as it came;
-- or 1, then the body's length in 4 bytes, then the body as a block of LZ4. Such a block is a chain
-- of bytes that are taken as they are and of bytes that are copied from the 64 KB before them.
CREATE FUNCTION payload_body(stored bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- What is done, but for the last part, into which the copies reach back.
  done     bytea[] := '{}';
  part     bytea   := '';
  place    integer := 5;
  token    integer;
  more     integer;
  size     integer;
  distance integer;
BEGIN
  IF get_byte(stored, 0) = 0 THEN
    RETURN substr(stored, 2);
  END IF;
  LOOP
    token := get_byte(stored, place);
    place := place + 1;
    size := token >> 4;
    IF size = 15 THEN
      LOOP
        more := get_byte(stored, place);
        place := place + 1;
        size := size + more;
        EXIT WHEN more < 255;
      END LOOP;
    END IF;
    part := part || substr(stored, place + 1, size);
    place := place + size;
    EXIT WHEN place >= length(stored);
    distance := get_byte(stored, place) + (get_byte(stored, place + 1) << 8);
    place := place + 2;
    IF distance NOT BETWEEN 1 AND length(part) THEN
      RAISE data_corrupted USING MESSAGE = 'a damaged payload';
    END IF;
    size := (token & 15) + 4;
    IF size = 19 THEN
      LOOP
        more := get_byte(stored, place);
        place := place + 1;
        size := size + more;
        EXIT WHEN more < 255;
      END LOOP;
    END IF;
    -- A copy may reach into itself: what it has made so far repeats.
    WHILE size > 0 LOOP
      more := least(size, distance);
      part := part || substr(part, length(part) - distance + 1, more);
      size := size - more;
      distance := distance + more;
    END LOOP;
    IF length(part) > 131072 THEN
      done := done || substr(part, 1, length(part) - 65536);
      part := substr(part, length(part) - 65535);
    END IF;
  END LOOP;
  RETURN coalesce((SELECT string_agg(each, '' ORDER BY n)
    FROM unnest(done) WITH ORDINALITY AS parts (each, n)), '') || part;
END
$$;

-- The same as jsonb; null where the body is no JSON, or such as jsonb refuses.
CREATE FUNCTION payload_json(stored bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN convert_from(tidegate.payload_body(stored), 'UTF8')::jsonb;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$$;

CREATE TABLE event_dead_letters (
  -- One letter for each content of a notification and stage it failed at, however often it came.
  tenant_id       text        NOT NULL,
  source          text        NOT NULL,
  notification_id text        NOT NULL,
  body_sha256     text        NOT NULL,
  -- Of the body, and of the type too where an attribute gave it: what versions end with.
  content_sha256  text        NOT NULL,
  stage           text        NOT NULL,
  dead_letter_id  uuid        NOT NULL DEFAULT gen_random_uuid(),
  event_type      text,
  error_class     text        NOT NULL,
  error_message   text        NOT NULL,
  fingerprint     text        NOT NULL,
  stack_trace     text,
  status          text        NOT NULL DEFAULT 'OPEN'
    CHECK (status IN ('OPEN', 'REPLAYED', 'DISCARDED')),
  attempts        integer     NOT NULL DEFAULT 1,
  -- The version of Tidegate, and so of the handlers, that the last attempt was made with.
  handler_version text        NOT NULL,
  -- Of the replay that succeeded; kept where a later one fails and the letter is open again.
  replayed_at     timestamptz,
  replay_id       text,
  -- When the letter was discarded, or failed again after that; null unless it was discarded. Then the
  -- discarded_at that the archive has a row for.
  discarded_at    timestamptz,
  discard_archived_at timestamptz,
  message_id      text        NOT NULL,
  published_at    timestamptz NOT NULL,
  received_at     timestamptz NOT NULL,
  failed_at       timestamptz NOT NULL,
  attributes      jsonb       NOT NULL,
  body            bytea       NOT NULL,
  PRIMARY KEY (tenant_id, source, notification_id, content_sha256, stage)
);

CREATE UNIQUE INDEX event_dead_letters_id ON event_dead_letters (dead_letter_id);
-- It is empty but for what the archive does not know yet.
CREATE INDEX event_dead_letters_discards ON event_dead_letters (discarded_at)
  WHERE status = 'DISCARDED' AND discard_archived_at IS DISTINCT FROM discarded_at;
CREATE INDEX event_dead_letters_open
  ON event_dead_letters (tenant_id, failed_at DESC) WHERE status = 'OPEN';

-- On request, tells who listens on tidegate_changes that rows of a table have changed: a JSON object with
-- table and tenant_id, once for each in a transaction. PostgreSQL commits one after another what
-- notifies: so this is for tables of whose changes somebody must know within milliseconds.
CREATE FUNCTION notify_changes(relation regclass, notifies boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF notifies THEN
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER tidegate_changes_inserted AFTER INSERT ON %s '
      'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tidegate.changes_notify()',
      relation);
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER tidegate_changes_updated AFTER UPDATE ON %s '
      'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tidegate.changes_notify()',
      relation);
  ELSE
    EXECUTE format('DROP TRIGGER IF EXISTS tidegate_changes_inserted ON %s', relation);
    EXECUTE format('DROP TRIGGER IF EXISTS tidegate_changes_updated ON %s', relation);
  END IF;
END
$$;

CREATE FUNCTION changes_notify() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(
    'tidegate_changes', json_build_object('table', TG_TABLE_NAME, 'tenant_id', tenant_id)::text)
  -- A newer version of the same values is no change.
  FROM (SELECT DISTINCT tenant_id FROM new_rows WHERE updated_xid = pg_current_xact_id()) AS changed;
  RETURN NULL;
END
$$;
