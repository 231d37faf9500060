/**
 * Terminal49's webhook notifications: JSON:API documents about shipments, containers, their
 * milestones and the requests that started tracking them.
 *
 * <p>To handle one more event type, name it in {@link
 * dev.tidegate.transforms.handlers.terminal49.Terminal49} among the types whose rows it moves, or
 * register a handler of its own there. A new resource becomes rows by a table in {@code
 * Terminal49Tables} and a mapping in {@code ResourceMappings}.
 */
package dev.tidegate.transforms.handlers.terminal49;
