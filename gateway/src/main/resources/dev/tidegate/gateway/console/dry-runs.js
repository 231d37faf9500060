// What the handlers that are loaded now would do with events. Nothing is written.

import { get, post } from '/console/api.js';
import { Action, Badge, Empty, html, Loaded, mayAct, path, Progress } from '/console/components.js';
import { count, counted, shortened, valueText, words } from '/console/format.js';
import { useJob } from '/console/repair.js';

/** What a dry run takes at most, where nothing else is asked for. */
export const MOST_EVENTS = 10000;

const CHANGES = {
  ADDED: { tone: 'good', means: 'The row is not there. A replay would add it.' },
  CHANGED: { tone: 'info', means: 'A replay would write the new value.' },
  REBUILD: { tone: 'warn', means: 'The value differs under the same version. A replay would leave it; only a rebuild of the table writes it.' },
};

/** A dry run: how far it is, and then what came of it. */
export function DryRun({ caller, id, tenant }) {
  const state = useJob((signal) => get(`/admin/dry-runs/${encodeURIComponent(id)}`, { tenant }, signal), [id, tenant]);
  return html`<${Loaded} state=${state} rows=${4}>${(run) => html`
    <div aria-live="polite">
      <p><${Badge} of=${run.status} /> ${run.status === 'RUNNING' ? 'The handlers work through the events. Nothing is written.' : null}
        ${run.reason ? html`<span>${run.reason}</span>` : null}</p>
      ${run.result && html`<p class="outcome"><b>${counted(run.result.succeeded, 'event')}</b> would succeed,${' '}
        <b>${count(run.result.failed)}</b> would fail.</p>`}
    </div>
    ${run.status !== 'COMPLETED' && html`<${Progress} done=${run.done} of=${run.selected} label="Progress of the dry run" />`}
    ${run.status === 'RUNNING' && mayAct(caller) && html`<div class="buttons"><${Action} label="Cancel" title="Cancel the dry run"
      act=${() => post(`/admin/dry-runs/${encodeURIComponent(id)}/cancel`, {}, { tenant })} done=${state.reload}>
      <p>Nothing of it has been written, and nothing will be.</p></${Action}></div>`}
    ${run.result && html`<${Result} of=${run.result} />`}`}</${Loaded}>`;
}

function Result({ of: result }) {
  return html`
    ${result.failures?.length ? html`<section><h3>Would fail</h3><${Failures} of=${result.failures} /></section>` : null}
    ${result.effects?.length ? html`<section><h3>Effects that would be caused</h3><ul>${result.effects.map((effect) =>
      html`<li>${count(effect.events)} × ${words(effect.kind)} <code>${effect.type}</code></li>`)}</ul></section>` : null}
    ${result.tables?.length
      ? html`<section><h3>What would change in the tables</h3>
          <dl class="facts">${Object.entries(CHANGES).map(([change, { tone, means }]) => html`<div>
            <dt><${Badge} of=${change} tone=${tone} /></dt><dd>${means}</dd></div>`)}</dl>
          ${result.tables.map((table) => html`<${Table} of=${table} />`)}</section>`
      : html`<${Empty} title="No table would change"><p>${result.succeeded ? 'The rows already say what these events say.' : 'No event would succeed.'}</p></${Empty}>`}`;
}

function Failures({ of: failures }) {
  return html`<table>
    <thead><tr><th scope="col">Message</th><th scope="col">Cause</th><th scope="col">Stage</th>
      <th scope="col" class="number">Events</th><th scope="col">For example</th></tr></thead>
    <tbody>${failures.map((failure) => html`<tr>
      <td class="wide" data-label="Message">${shortened(failure.message, 400)}</td>
      <td data-label="Cause">${words(failure.errorClass)}</td>
      <td data-label="Stage">${failure.stage}</td>
      <td class="number" data-label="Events">${count(failure.events)}</td>
      <td data-label="For example">${failure.sample
        ? html`<a href=${path(`/events/${encodeURIComponent(failure.sample)}`)} aria-label=${`The event ${failure.sample}`}>event</a>` : '–'}</td>
    </tr>`)}</tbody>
  </table>`;
}

const keyText = (key) => Object.entries(key).map(([name, value]) => `${name} ${valueText(value)}`).join(', ');

/** A table: its rows that would change, and their columns. */
function Table({ of: table }) {
  const rows = table.rows || [];
  const changing = table.rowsAdded + table.rowsChanged + (table.rowsOnlyRebuild || 0);
  return html`<details class="table-difference" open>
    <summary><b><code>${table.table}</code></b>: ${counted(table.rowsAdded, 'row')} added,${' '}
      ${count(table.rowsChanged)} changed, ${count(table.rowsOnlyRebuild || 0)} only by a rebuild, ${count(table.rowsSame)} the same</summary>
    ${rows.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${`Rows of ${table.table}`}><table class="differences">
      <thead><tr><th scope="col">Row</th><th scope="col">Change</th><th scope="col">Column</th><th scope="col">Now</th><th scope="col">Then</th></tr></thead>
      <tbody>${rows.flatMap((row) => (row.columns.length ? row.columns : [null]).map((column, place) => html`<tr>
        <td>${place === 0 ? html`<code>${keyText(row.key)}</code>` : html`<span class="unseen">${keyText(row.key)}</span>`}</td>
        <td>${place === 0 ? html`<${Badge} of=${row.change} tone=${CHANGES[row.change]?.tone} />` : null}</td>
        ${column
          ? html`<td><code>${column.name}</code></td>
            <td class="removed"><code>${shortened(valueText(column.before))}</code></td>
            <td class="added"><code>${shortened(valueText(column.after))}</code></td>`
          : html`<td colspan="3">–</td>`}
      </tr>`))}</tbody>
    </table></div>`}
    ${changing > rows.length ? html`<p class="note">${counted(changing - rows.length, 'more row')} would change.</p>` : null}
  </details>`;
}
