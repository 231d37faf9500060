/** The archive as files: NDJSON in folders of days, durable and compressed. */
package dev.tidegate.transforms.files;
