// The fields of a form that say which events are meant.

import { html } from '/console/components.js';
import { words } from '/console/format.js';
import { ERROR_CLASSES } from '/console/pages/issues.js';

const ORIGINS = {
  DEAD_LETTERS: 'open dead letters',
  LEDGER: 'all events that the ledger keeps the bodies of',
};

const Field = ({ label, name, type = 'text', hint }) => html`<label class="filter"><span>${label}</span>
  <input type=${type} name=${name} placeholder=${hint} step="1" autocomplete="off" spellcheck=${false} /></label>`;

/** Several names are separated by commas. */
export function SelectionFields({ origin, setOrigin }) {
  const letters = origin === 'DEAD_LETTERS';
  return html`<div class="filters">
    <label class="filter"><span>Events</span>
      <select name="origin" value=${origin} onChange=${(event) => setOrigin(event.target.value)}>
        ${Object.entries(ORIGINS).map(([value, label]) => html`<option value=${value}>${label}</option>`)}
      </select></label>
    <${Field} label="Sources" name="sources" hint="all" />
    <${Field} label="Types" name="eventTypes" hint="all" />
    ${letters && html`<label class="filter"><span>Cause</span>
      <select name="errorClasses"><option value="">any</option>
        ${ERROR_CLASSES.map((each) => html`<option value=${each}>${words(each)}</option>`)}</select></label>
      <${Field} label="Fingerprints of issues" name="fingerprints" hint="all" />`}
    <${Field} label="Notification IDs" name="notificationIds" hint="all" />
    <${Field} label=${letters ? 'Failed since' : 'Received since'} name="since" type="datetime-local" />
    <${Field} label="Until" name="until" type="datetime-local" />
  </div>
  <p class="note">Separate several names with commas.</p>`;
}
