CREATE TABLE parcels (
  tenant_id       text        NOT NULL,
  parcel_id       text        NOT NULL,
  shelf           text,
  scanned_at      timestamptz,
  weight_in_kg    numeric,
  place_version   bytea,
  weight_version  bytea,
  column_versions jsonb,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  updated_xid     xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, parcel_id)
);
