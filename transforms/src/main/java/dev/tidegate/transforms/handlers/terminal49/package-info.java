/**
 * Terminal49's webhook notifications: JSON:API documents about shipments, containers, their
 * milestones and the requests that started tracking them.
 *
 * <p>To handle one more event type, name it in the {@code EVENT_TYPES} of the handler whose rows it
 * moves, or write a handler and register it in {@link
 * dev.tidegate.transforms.handlers.terminal49.Terminal49}. A new resource becomes rows by a table
 * in {@code Terminal49Tables} and a mapping in {@code ResourceMappings}.
 */
package dev.tidegate.transforms.handlers.terminal49;
