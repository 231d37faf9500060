/** Events out of the archive or the dead letters, on their way in again. */
package dev.tidegate.transforms.replay;
