/** The worked example of the guide for authors of handlers, {@code docs/handlers.md}. */
package dev.tidegate.transforms.handlers.example;
