locals {
  # Those of var.consumers, and one for each tenant of a domain.
  consumers = merge(
    {
      for name, consumer in var.consumers : name => {
        name        = "${var.name}-consumer-${name}"
        topic       = "projects/${var.project}/topics/${var.name}-events"
        tenant_id   = consumer.tenant_id
        event_types = consumer.event_type_prefix == "" ? [] : ["${consumer.event_type_prefix}*"]
        members     = consumer.members
      }
    },
    merge([
      for domain, events in var.domains : {
        for tenant, readers in events.tenants : "${domain}/${tenant}" => {
          name        = "${var.name}-domain-${domain}-tenant-${tenant}"
          topic       = "projects/${var.project}/topics/${var.name}-domain-${domain}"
          tenant_id   = tenant
          event_types = sort(events.event_types)
          members     = readers.members
        }
      }
    ]...)
  )

  consumer_types = {
    for name, consumer in local.consumers : name => [
      for type in consumer.event_types : (
        endswith(type, "*")
        ? format("hasPrefix(attributes.event_type, %q)", trimsuffix(type, "*"))
        : format("attributes.event_type = %q", type)
      )
    ]
  }

  consumer_filters = {
    for name, consumer in local.consumers : name => join(" AND ", compact([
      format("attributes.tenant_id = %q", consumer.tenant_id),
      length(local.consumer_types[name]) > 1
      ? format("(%s)", join(" OR ", local.consumer_types[name]))
      : join("", local.consumer_types[name]),
    ]))
  }

  consumer_members = merge([
    for name, consumer in local.consumers : {
      for member in consumer.members : "${name} ${member}" => { consumer = name, member = member }
    }
  ]...)

  domain_publishers = merge([
    for domain, events in var.domains : {
      for member in events.publishers : "${domain} ${member}" => { domain = domain, member = member }
    }
  ]...)

  # What a domain's pipeline is launched with.
  domain_parameters = {
    for domain, events in var.domains : domain => {
      inputSubscription = "projects/${var.project}/subscriptions/${var.name}-domain-${domain}"
      deadLetterTopic   = "projects/${var.project}/topics/${var.name}-domain-${domain}-dead-letters"
      tenants           = join(",", keys(events.tenants))
    }
  }
}
