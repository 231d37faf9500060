-- Dead letters that were discarded: when, and whether the archive knows of it.
SET LOCAL search_path TO tidegate;

ALTER TABLE event_dead_letters
  ADD COLUMN discarded_at timestamptz,
  ADD COLUMN discard_archived_at timestamptz;

COMMENT ON COLUMN event_dead_letters.discarded_at IS
  'When the letter was discarded, or failed again after that; null unless it was discarded.';
COMMENT ON COLUMN event_dead_letters.discard_archived_at IS
  'The discarded_at that the archive has a row for.';

-- When the earlier ones were discarded only the audit log knows.
UPDATE event_dead_letters SET discarded_at = now() WHERE status = 'DISCARDED';

-- It is empty but for what the archive does not know yet.
CREATE INDEX event_dead_letters_discards ON event_dead_letters (discarded_at)
  WHERE status = 'DISCARDED' AND discard_archived_at IS DISTINCT FROM discarded_at;
