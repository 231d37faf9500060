package dev.tidegate.transforms.handlers.terminal49;

import static dev.tidegate.schemas.Column.bigint;
import static dev.tidegate.schemas.Column.indexedText;
import static dev.tidegate.schemas.Column.jsonb;
import static dev.tidegate.schemas.Column.jsonbByField;
import static dev.tidegate.schemas.Column.text;
import static dev.tidegate.schemas.Column.timestamptz;
import static dev.tidegate.transforms.handlers.terminal49.Terminal49Tables.EXTRA;

import dev.tidegate.schemas.Table;

/** Documents, what was extracted from them, and the e-mails they came by. */
final class DocumentTables {
  /** Documents. {@code extraction_status} comes from the newest notification. */
  static final Table DOCUMENTS =
      Table.named("documents")
          .key(indexedText("t49_document_id"))
          .group("extraction", indexedText("extraction_status"))
          .group("facts", indexedText("document_type"), text("file_name"))
          .group(
              "details",
              text("name"),
              text("file_content_type"),
              bigint("file_size_bytes"),
              timestamptz("created_at"),
              // The provider's updated_at; that name is taken by the table's own.
              timestamptz("t49_updated_at"))
          .group("origin", text("source"))
          .group("file_url", text("file_url"))
          .group("classification", text("document_type_manual"), text("classification_notes"))
          .group("email_submission", indexedText("t49_email_submission_id"))
          .group("representation", indexedText("t49_document_representation_id"))
          .group("shipments", jsonb("t49_shipment_ids"))
          .group("containers", jsonb("t49_container_ids"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  static final Table DOCUMENT_REPRESENTATIONS =
      Table.named("document_representations")
          .key(indexedText("t49_document_representation_id"))
          .group(
              "facts",
              text("schema_version"),
              jsonb("payload"),
              timestamptz("created_at"),
              timestamptz("t49_updated_at"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  static final Table EMAIL_SUBMISSIONS =
      Table.named("email_submissions")
          .key(indexedText("t49_email_submission_id"))
          .group("facts", text("subject"), jsonb("from_addresses"), timestamptz("sent_at"))
          .group(
              "details",
              jsonb("to_addresses"),
              jsonb("cc_addresses"),
              text("message_id"),
              text("body_preview"),
              timestamptz("created_at"),
              timestamptz("t49_updated_at"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  private DocumentTables() {}
}
