/** Event sources that a YAML file declares: identity, tables, and rows as CEL expressions. */
package dev.tidegate.transforms.handlers.declared;
