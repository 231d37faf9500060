package dev.tidegate.schemas;

/**
 * An instance of a saga that an event belongs to.
 *
 * @param saga the saga's name within the event's source
 * @param instance tells the saga's instances apart
 */
public record SagaReference(String saga, String instance) {}
