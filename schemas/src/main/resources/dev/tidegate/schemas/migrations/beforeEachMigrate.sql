-- Flyway puts the schema of its own table, tidegate, in front. A migration that names no schema makes
-- tables of applications: in the first schema of the connection's own search path.
SELECT set_config(
  'search_path', regexp_replace(current_setting('search_path'), '^"?tidegate"?, *', ''), false);
