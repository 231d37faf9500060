// One issue: what fails, and its repair.

import { useMemo, useState } from 'preact/hooks';
import { get, patch } from '/console/api.js';
import { Action, Badge, Copy, Empty, Facts, Failure, html, Id, Loaded, mayAct, path, Time, useLoad, useQuery } from '/console/components.js';
import { Chart } from '/console/chart.js';
import { count, shortened, words } from '/console/format.js';
import { IssueRepair } from '/console/issue-repair.js';
import { openLetters } from '/console/pages/issues.js';

const MILLIS_BETWEEN_LOOKS = 5000;
const MILLIS_WHILE_WATCHED = 1000;

/** What may be made of an issue in each state. */
const CHANGES = [
  { label: 'Acknowledge', state: 'ACKNOWLEDGED', from: ['OPEN'], text: 'Somebody looks after it. It stays in the list.' },
  { label: 'Resolve', state: 'RESOLVED', from: ['OPEN', 'ACKNOWLEDGED'], text: 'Its cause is mended. If it fails again, it opens again and names the release that it failed in.' },
  { label: 'Ignore', state: 'IGNORED', from: ['OPEN', 'ACKNOWLEDGED'], text: 'Its failures need nobody. It stays ignored, however often it fails. Its letters stay open until somebody replays or discards them.' },
  { label: 'Reopen', state: 'OPEN', from: ['ACKNOWLEDGED', 'RESOLVED', 'IGNORED'], text: 'It needs a person again.' },
];

export default function Issue({ caller, parameters }) {
  const [query] = useQuery();
  const place = `/admin/issues/${encodeURIComponent(parameters.fingerprint)}`;
  const state = useLoad((signal) => get(place, {}, signal), [place, query.tenant, query.replay],
    query.replay ? MILLIS_WHILE_WATCHED : MILLIS_BETWEEN_LOOKS);
  if (state.error && !state.data) {
    return html`<h1>Issue</h1><${Failure} error=${state.error} retry=${state.reload} />
      ${caller.roles.includes('PLATFORM_OPERATOR') && !query.tenant ? html`<p>Enter the tenant of the issue in the field at the top.</p>` : null}`;
  }
  return html`<${Loaded} state=${state} rows=${10}>${(issue) => {
    const change = (body) => patch(place, body, { tenant: issue.tenant }).then(state.reload);
    return html`
      <div class="head">
        <h1>${words(issue.errorClass)} in ${issue.source}</h1> <${Badge} of=${issue.state} />
        ${mayAct(caller) && html`<div class="actions">${CHANGES.filter(({ from }) => from.includes(issue.state)).map(({ label, state: next, text }) =>
          html`<${Action} key=${label} label=${label} act=${() => change({ state: next })}><p>${text}</p></${Action}>`)}</div>`}
      </div>
      <section class="card" aria-label="What fails">
        <p class="failure">${issue.errorMessage} <${Copy} text=${issue.errorMessage} label="the message" /></p>
        <${IssueFacts} issue=${issue} />
      </section>
      <div class="columns">
        <${Care} key=${`${issue.owner} ${issue.note}`} caller=${caller} issue=${issue} change=${change} />
        <${Trend} hours=${issue.hours} />
      </div>
      <${IssueRepair} caller=${caller} issue=${issue} resolve=${() => change({ state: 'RESOLVED' })} changed=${state.reload} />
      <div class="columns">
        <${Samples} of=${issue.samples} />
        <${Types} of=${issue.types} />
      </div>`;
  }}</${Loaded}>`;
}

const IssueFacts = ({ issue }) => html`<${Facts} of=${[
  ['Stage', issue.stage],
  ['Type', issue.eventType],
  ['Tenant', issue.tenant],
  ['Open letters', openLetters(issue)],
  ['Failures so far', count(issue.failures)],
  ['First failed', html`<${Time} at=${issue.firstFailedAt} />, with ${issue.firstRelease}`],
  ['Last failed', html`<${Time} at=${issue.lastFailedAt} />, with ${issue.lastRelease}`],
  ['Came back', issue.reopened ? html`${count(issue.reopened)} ×, last <${Time} at=${issue.reopenedAt} /> with ${issue.reopenedIn}` : null],
  ['Last changed', issue.changedAt && html`<${Time} at=${issue.changedAt} /> by ${issue.changedBy}`],
  ['Fingerprint', html`<${Id} of=${issue.fingerprint} />`],
]} />`;

/** Who looks after it, and what is known of it. */
function Care({ caller, issue, change }) {
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  if (!mayAct(caller)) {
    return html`<section class="card"><h2>Owner and note</h2><${Facts} of=${[['Owner', issue.owner || 'nobody'], ['Note', issue.note]]} /></section>`;
  }
  const save = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    setBusy(true);
    setFailure(null);
    await change({ owner: form.get('owner').trim(), note: form.get('note').trim() }).catch(setFailure);
    setBusy(false);
  };
  return html`<section class="card"><h2>Owner and note</h2>
    <form onSubmit=${save}>
      <label class="field"><span>Owner</span><input name="owner" defaultValue=${issue.owner || ''} maxlength="200" autocomplete="off" /></label>
      <label class="field"><span>Note</span><textarea name="note" rows="3" maxlength="2000" defaultValue=${issue.note || ''}></textarea></label>
      <${Failure} error=${failure} />
      <div class="buttons"><button type="submit" disabled=${busy}>Save</button></div>
    </form></section>`;
}

/** Seven days by the hour, also those without a failure. */
function Trend({ hours = [] }) {
  const end = Math.floor(Date.now() / 3600e3);
  // The chart is drawn anew only where it differs.
  const { times, series } = useMemo(() => {
    const failures = new Map(hours.map((each) => [Math.floor(new Date(each.hour).getTime() / 3600e3), each.failures]));
    const all = Array.from({ length: 168 }, (_, place) => end - 167 + place);
    return {
      times: all.map((hour) => new Date(hour * 3600e3).toISOString()),
      series: [{ name: 'Failures', color: '--series-3', values: all.map((hour) => failures.get(hour) || 0) }],
    };
  }, [end, JSON.stringify(hours)]);
  return html`<section class="card">
    <${Chart} title="Failures by the hour, seven days" times=${times} series=${series} format=${count} /></section>`;
}

function Samples({ of: samples = [] }) {
  return html`<section class="card"><h2>Samples</h2>
    ${samples.length === 0 ? html`<${Empty} title="No letters are left"><p>The ledger's retention has deleted them.</p></${Empty}>` : html`<table>
      <thead><tr><th scope="col">Event</th><th scope="col">Status</th><th scope="col">Failed</th><th scope="col">Message</th></tr></thead>
      <tbody>${samples.map((letter) => html`<tr data-row>
        <td data-label="Event"><a data-row-link href=${path(`/events/${encodeURIComponent(letter.eventId)}`)}>${shortened(letter.notificationId || letter.eventId, 40)}</a></td>
        <td data-label="Status"><${Badge} of=${letter.status} /></td>
        <td data-label="Failed"><${Time} at=${letter.failedAt} relative /></td>
        <td class="wide" data-label="Message">${shortened(letter.errorMessage)}</td></tr>`)}</tbody>
    </table>`}</section>`;
}

function Types({ of: types = [] }) {
  return html`<section class="card"><h2>Types</h2>
    ${types.length === 0 ? html`<${Empty} title="No letters are left" />` : html`<table>
      <thead><tr><th scope="col">Type</th><th scope="col" class="number">Letters</th></tr></thead>
      <tbody>${types.map(({ eventType, letters }) => html`<tr><td data-label="Type">${eventType || '(no known type)'}</td>
        <td class="number" data-label="Letters">${count(letters)}</td></tr>`)}</tbody>
    </table>`}</section>`;
}
