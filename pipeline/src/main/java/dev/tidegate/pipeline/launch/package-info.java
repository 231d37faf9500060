/** How a pipeline is launched: options read, everything checked, all mistakes told at once. */
package dev.tidegate.pipeline.launch;
