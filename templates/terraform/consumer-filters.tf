locals {
  consumer_filters = {
    for name, consumer in var.consumers : name => join(" AND ", compact([
      format("attributes.tenant_id = %q", consumer.tenant_id),
      consumer.event_type_prefix == "" ? "" : format("hasPrefix(attributes.event_type, %q)", consumer.event_type_prefix),
    ]))
  }

  consumer_members = merge([
    for name, consumer in var.consumers : {
      for member in consumer.members : "${name} ${member}" => { consumer = name, member = member }
    }
  ]...)
}
