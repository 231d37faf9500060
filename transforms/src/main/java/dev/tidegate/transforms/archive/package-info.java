/** The tables of the archive, and how values become their rows, wherever the archive is. */
package dev.tidegate.transforms.archive;
