package dev.tidegate.gateway.store;

import java.util.UUID;

/** Which event of which tenant: the API writes it as the event's {@link EventToken}. */
public record EventReference(String tenant, UUID eventId) {}
