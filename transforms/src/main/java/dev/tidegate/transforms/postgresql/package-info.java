/** How events are written to PostgreSQL. Plain JDBC: nothing here knows of Beam's model. */
package dev.tidegate.transforms.postgresql;
