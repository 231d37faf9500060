-- GoogleSQL's functions that the analyst views use and DuckDB lacks, or has with another meaning.

-- The text of a scalar, and null for anything else: DuckDB's own keeps the quotes of texts.
CREATE OR REPLACE MACRO json_value(document, path) AS
  json_extract_string(system.main.json_value(document, path), '$');

CREATE OR REPLACE MACRO json_query_array(document, path) AS json_extract(document, path || '[*]');

-- DuckDB counts the elements of a list from one.
CREATE OR REPLACE MACRO safe_offset(position) AS position + 1;

-- Exact here.
CREATE OR REPLACE MACRO approx_quantiles(value, number) AS
  quantile_disc(value, list_transform(range(number + 1), lambda i: i / number));

CREATE OR REPLACE MACRO unix_date(day) AS day - DATE '1970-01-01';

CREATE OR REPLACE MACRO unix_millis(moment) AS epoch_ms(moment);
