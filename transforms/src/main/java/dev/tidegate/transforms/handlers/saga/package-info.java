/** Sagas: how an instance is folded from its events, and how authors test that. */
package dev.tidegate.transforms.handlers.saga;
