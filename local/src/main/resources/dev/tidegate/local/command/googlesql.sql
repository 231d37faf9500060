-- GoogleSQL's functions that the analyst views use and DuckDB lacks, or has with another meaning.

-- The text of a scalar, and null for anything else: DuckDB's own keeps the quotes of texts.
CREATE OR REPLACE MACRO json_value(document, path) AS
  json_extract_string(system.main.json_value(document, path), '$');

CREATE OR REPLACE MACRO json_query(document, path) AS json_extract(document, path);

-- Null for what is no array.
CREATE OR REPLACE MACRO json_query_array(document, path) AS
  CASE WHEN json_type(document, path) = 'ARRAY' THEN json_extract(document, path || '[*]') END;

-- The keys of an object; what lies below them is never asked for.
CREATE OR REPLACE MACRO json_keys(document, depth) AS system.main.json_keys(document);

CREATE OR REPLACE MACRO to_json_string(value) AS CAST(value AS VARCHAR);

-- DuckDB counts the elements of a list from one.
CREATE OR REPLACE MACRO safe_offset(position) AS position + 1;

-- Exact here.
CREATE OR REPLACE MACRO approx_quantiles(value, number) AS
  quantile_disc(value, list_transform(range(number + 1), lambda i: i / number));

CREATE OR REPLACE MACRO format_date(format, day) AS strftime(day, format);

CREATE OR REPLACE MACRO unix_date(day) AS day - DATE '1970-01-01';

CREATE OR REPLACE MACRO unix_millis(moment) AS epoch_ms(moment);
