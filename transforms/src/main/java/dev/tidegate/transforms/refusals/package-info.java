/** Tells what is wrong with one row from a table that refuses every row. */
package dev.tidegate.transforms.refusals;
