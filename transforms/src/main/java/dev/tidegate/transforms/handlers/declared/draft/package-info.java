/** Drafts of sources: what events tell of a source before anybody has declared it. */
package dev.tidegate.transforms.handlers.declared.draft;
