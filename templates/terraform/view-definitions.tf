# The views are the SQL files in schemas/, one CREATE VIEW each, behind a comment that says what it is.
locals {
  views_path = "${local.bigquery_path}/views"
  view_files = {
    for name in fileset(local.views_path, "*.sql") : trimsuffix(name, ".sql") => file(join("/", [local.views_path, name]))
  }

  # Quoted, since a project's ID may hold hyphens.
  view_statements = {
    for name, sql in local.view_files : name => replace(sql, "/[$][{]dataset[}][.](\\w+)/", format("`%s.$1`", local.dataset))
  }

  view_queries = {
    for name, sql in local.view_statements :
    name => trimsuffix(trimspace(replace(sql, "/(?s)^.*?CREATE OR REPLACE VIEW `[^`]+` AS\\s+/", "")), ";")
  }

  view_descriptions = {
    for name, sql in local.view_files :
    name => join(" ", [for line in regexall("(?m)^-- (.*)$", split("CREATE OR REPLACE VIEW", sql)[0]) : line[0]])
  }

  # BigQuery refuses a view of a view that is not there yet, and Terraform makes the resources of one
  # for_each in no order: so there is one for each level. No view is more than two levels up.
  views_used = {
    for name, sql in local.view_files : name => toset([
      for used in flatten(regexall("[$][{]dataset[}][.](\\w+)", sql)) : used if used != name && contains(keys(local.view_files), used)
    ])
  }
  views_of_tables = { for name, used in local.views_used : name => used if length(used) == 0 }
  views_of_views = {
    for name, used in local.views_used : name => used
    if length(used) > 0 && length(setsubtract(used, keys(local.views_of_tables))) == 0
  }
  views_above = {
    for name, used in local.views_used : name => used
    if !contains(keys(local.views_of_tables), name) && !contains(keys(local.views_of_views), name)
  }
}
