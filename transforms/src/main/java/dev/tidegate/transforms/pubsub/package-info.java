/** Reads Pub/Sub over gRPC, for runners that have no reader of their own. */
package dev.tidegate.transforms.pubsub;
