/** What data looks like: values with explicit coders, tables, migrations. Imports no other room. */
package dev.tidegate.schemas;
