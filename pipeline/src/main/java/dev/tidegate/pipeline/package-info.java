/** The pipelines, their options and their mains. */
package dev.tidegate.pipeline;
