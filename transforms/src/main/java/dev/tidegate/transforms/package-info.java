/** What happens to data: one PTransform a file. Imports schemas only. */
package dev.tidegate.transforms;
