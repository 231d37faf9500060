package dev.tidegate.transforms.handlers.example;

import dev.tidegate.transforms.handlers.saga.SagaScenario;
import org.junit.jupiter.api.Test;

class MissingParcelSagaTest {
  @Test
  void aParcelThatIsScannedIsNotLookedForAnyMore() {
    SagaScenario.read(
            new Warehouse(),
            """
            saga: search
            given:
              - { type: parcel.scanned, at: 2026-03-01T08:00:00Z, payload: { parcel: P-1, shelf: A4 } }
              - { type: parcel.missed, at: 2026-03-02T08:00:00Z, payload: { parcel: P-1 } }
              - { task: look, completed: { found: false }, at: 2026-03-02T09:00:00Z }
              - { type: parcel.scanned, at: 2026-03-03T08:00:00Z, payload: { parcel: P-1, shelf: B2 } }
            expect:
              status: COMPLETED
              state: { shelf: B2, looked: 1 }
              effects: []
              deadlines: {}
            """)
        .check();
  }

  @Test
  void aParcelThatIsMissedIsLookedForThreeDays() {
    SagaScenario.read(
            new Warehouse(),
            """
            saga: search
            given:
              - { type: parcel.scanned, at: 2026-03-01T08:00:00Z, payload: { parcel: P-1, shelf: A4 } }
              - { type: parcel.missed, at: 2026-03-02T08:00:00Z, payload: { parcel: P-1 } }
            expect:
              waiting_for: the parcel
              effects: [{ kind: TASK, key: look, payload: { last_seen_on: A4 } }]
              deadlines: { give up: 2026-03-05T08:00:00Z }
            """)
        .check();
    SagaScenario.read(
            new Warehouse(),
            """
            saga: search
            given:
              - { type: parcel.missed, at: 2026-03-02T08:00:00Z, payload: { parcel: P-1 } }
              - { deadline: give up, at: 2026-03-05T08:00:00Z }
            expect:
              status: COMPLETED
              effects: [{ kind: NOTICE, key: lost, type: parcel.lost, recipient: insurance }]
              revoked: [look]
              deadlines: {}
            """)
        .check();
  }
}
