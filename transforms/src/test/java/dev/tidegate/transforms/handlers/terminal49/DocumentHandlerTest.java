package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tidegate.schemas.Upsert;
import org.junit.jupiter.api.Test;

class DocumentHandlerTest {
  @Test
  void anExtractedDocumentIsStoredWithItsContentAndItsEmail() {
    Notification notification =
        Notification.of("document.extracted")
            .about("document", "o-1")
            .including(Fixtures.DOCUMENT)
            .including(Fixtures.DOCUMENT_REPRESENTATION)
            .including(Fixtures.EMAIL_SUBMISSION);

    assertThat(notification.row(Terminal49Tables.DOCUMENTS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_document_id", "o-1"),
            entry("extraction_status", "extracted"),
            entry("document_type", "bill_of_lading"),
            entry("file_name", "bill.pdf"),
            entry("name", "bill.pdf"),
            entry("file_content_type", "application/pdf"),
            entry("file_size_bytes", "120034"),
            entry("created_at", "2026-03-02T07:58:00Z"),
            entry("t49_updated_at", "2026-03-02T07:59:00Z"),
            entry("source", "upload"),
            entry("t49_email_submission_id", "m-1"),
            entry("t49_document_representation_id", "x-1"),
            entry("t49_shipment_ids", "[\"s-1\"]"),
            entry("t49_container_ids", "[]"),
            entry("extra", "{\"pages\":3}"));
    assertThat(notification.row(Terminal49Tables.DOCUMENT_REPRESENTATIONS))
        .contains(
            entry("schema_version", "2026-03-01"),
            entry("payload", "{\"number\":\"NBLX26020011\"}"));
    assertThat(notification.row(Terminal49Tables.EMAIL_SUBMISSIONS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_email_submission_id", "m-1"),
            entry("subject", null),
            entry("from_addresses", "[\"a@example.com\"]"),
            entry("sent_at", "2026-03-02T07:58:00Z"));
  }

  @Test
  void newerNotificationsNameTheDocumentByARelationshipOfItsOwn() {
    Notification notification = Notification.of("document.extraction_failed");
    notification
        .json()
        .withObject("/data/relationships/document/data")
        .put("type", "document")
        .put("id", "o-2");

    assertThat(notification.rows()).extracting(Upsert::table).containsExactly("documents");
    assertThat(notification.row(Terminal49Tables.DOCUMENTS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_document_id", "o-2"),
            entry("extraction_status", "failed"));
  }
}
