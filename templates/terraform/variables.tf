variable "project" {
  description = "The project everything is made in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "The project is a project ID, such as my-project-123: 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "The region of the job, the buckets and the images."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "The region is the name of a region, such as europe-west1, and not of a zone."
  }
}

variable "name" {
  description = "What the names of all resources begin with."
  type        = string
  default     = "tidegate"

  validation {
    # The longest service account, NAME-pipeline, may have 30 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}[a-z0-9]$", var.name))
    error_message = "The name has 3 to 21 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "labels" {
  description = "Labels of all resources that take labels."
  type        = map(string)
  default     = {}
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the tables of the archive and buckets that are not empty."
  type        = bool
  default     = true
}

variable "topic_retention_hours" {
  description = "How long the topic keeps every event, acknowledged or not, so that a subscription can be sought back to it: up to 31 days. It is paid for by the byte. Null keeps none."
  type        = number
  default     = 24

  validation {
    condition     = var.topic_retention_hours == null ? true : var.topic_retention_hours >= 1 && var.topic_retention_hours <= 744
    error_message = "A topic keeps events for 1 to 744 hours, or null for not at all."
  }
}

variable "consumers" {
  description = "Subscriptions of others to the events, by name: each gets one tenant's events, those of types that begin with event_type_prefix if that is given. Members may consume it. Changing a filter makes a new subscription, without what waited in the old one."
  type = map(object({
    tenant_id         = string
    event_type_prefix = optional(string, "")
    members           = optional(set(string), [])
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.consumers) : can(regex("^[a-z][a-z0-9-]{0,99}$", name))])
    error_message = "A consumer's name has lower-case letters, digits and hyphens, and begins with a letter."
  }

  validation {
    # Both are put between quotation marks into the subscription's filter.
    condition = alltrue([
      for consumer in values(var.consumers) :
      can(regex("^[A-Za-z0-9._:-]{1,100}$", consumer.tenant_id)) && can(regex("^[A-Za-z0-9._-]{0,100}$", consumer.event_type_prefix))
    ])
    error_message = "A consumer's tenant_id and event_type_prefix have letters, digits, dots, hyphens and underscores only."
  }
}

variable "domains" {
  description = "Domains of events, by name: each has a topic, a subscription for a pipeline, a topic of dead letters, and for each of its tenants a subscription to that tenant's events. event_types are those that tenants get, where a final * stands for any ending; all by default. Publishers may publish to the topic, for any tenant. Members may consume their tenant's subscription."
  type = map(object({
    event_types = optional(set(string), [])
    publishers  = optional(set(string), [])
    tenants     = map(object({ members = optional(set(string), []) }))
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.domains) : can(regex("^[a-z][a-z0-9]{0,39}$", name))])
    error_message = "A domain's name has lower-case letters and digits, and begins with a letter."
  }

  validation {
    # Both are put between quotation marks into the subscription's filter, and a tenant into its name.
    condition = alltrue(flatten([
      for domain in values(var.domains) : [
        [for tenant in keys(domain.tenants) : can(regex("^[A-Za-z0-9._-]{1,100}$", tenant)) && !endswith(tenant, "-dead-letters")],
        [for type in domain.event_types : can(regex("^[A-Za-z0-9._-]{1,100}[*]?$", type))],
      ]
    ]))
    error_message = "A domain's tenants and event_types have letters, digits, dots, hyphens and underscores only; a type may end with *, and no tenant with -dead-letters."
  }

  validation {
    condition = alltrue(flatten([
      for domain in values(var.domains) : [
        for tenant in keys(domain.tenants) :
        32 + length(tenant) + sum(concat([0], [for type in domain.event_types : 40 + length(type)])) <= 256
      ]
    ]))
    error_message = "A domain's event_types are too many or too long: Pub/Sub's filters have at most 256 bytes. Use document.* for all types that begin so."
  }
}

variable "dataset_id" {
  description = "The BigQuery dataset of the archive."
  type        = string
  default     = "tidegate"

  validation {
    condition     = can(regex("^[A-Za-z0-9_]+$", var.dataset_id))
    error_message = "A dataset's ID has letters, digits and underscores only."
  }
}

variable "dataset_location" {
  description = "Where BigQuery keeps the archive, such as EU; the region by default. It cannot be changed later."
  type        = string
  default     = null
}

variable "table_expiry_days" {
  description = "How many days each table of the archive keeps a day's rows; null for ever. Tables are rebuilt from raw_events, so what has expired there cannot be rebuilt."
  type = object({
    raw_events     = optional(number)
    dead_letters   = optional(number, 365)
    event_outcomes = optional(number, 400)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for days in values(var.table_expiry_days) : days == null ? true : days >= 8 && floor(days) == days])
    error_message = "Each expiry is a whole number of days, 8 or more: Pub/Sub may deliver an event a week late."
  }
}

variable "jdbc_url" {
  description = "PostgreSQL's JDBC URL, without user and password."
  type        = string

  validation {
    condition     = startswith(var.jdbc_url, "jdbc:postgresql:") && !can(regex("(?i)[?&](user|password)=", var.jdbc_url))
    error_message = "The JDBC URL begins with jdbc:postgresql: and holds neither user nor password."
  }
}

variable "jdbc_username" {
  description = "PostgreSQL's user. Its password is put into the secret that this module makes, by hand."
  type        = string
}

variable "cloud_sql_instance" {
  description = "The Cloud SQL instance that the pipeline may connect to, as PROJECT:REGION:INSTANCE; null where PostgreSQL runs elsewhere."
  type        = string
  default     = null

  validation {
    condition     = var.cloud_sql_instance == null ? true : can(regex("^[a-z0-9:.-]+:[a-z0-9-]+:[a-z0-9-]+$", var.cloud_sql_instance))
    error_message = "The Cloud SQL instance is PROJECT:REGION:INSTANCE, its connection name."
  }
}

variable "replay_from_bigquery" {
  description = "Whether the pipeline's account may query the archive, for replays from it."
  type        = bool
  default     = true
}

variable "gateway_reads_database" {
  description = "Whether the gateway has a password of the database and may connect to it: it answers what became of an event."
  type        = bool
  default     = true
}

variable "webhook_secrets" {
  description = "Names of the secrets that senders sign with, such as terminal49: a secret NAME-webhook-… is made for each, which the gateway may read. Their values are added by hand."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.webhook_secrets : can(regex("^[a-z][a-z0-9-]{0,99}$", name))])
    error_message = "The name of a webhook's secret has lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "analysts" {
  description = "Who may act as the analyst: user:…, group:… or serviceAccount:…"
  type        = set(string)
  default     = []
}

variable "operators" {
  description = "Who may act as the operator: user:…, group:… or serviceAccount:…"
  type        = set(string)
  default     = []
}
