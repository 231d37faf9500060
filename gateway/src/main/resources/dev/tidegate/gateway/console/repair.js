// Replaying and discarding: what would be done, and how far what is being done is.

import { useState } from 'preact/hooks';
import { post, request } from '/console/api.js';
import { Action, Badge, Facts, Failure, html, Loaded, mayAct, path, Progress, Time, useLoad } from '/console/components.js';
import { count, counted, instant, words } from '/console/format.js';

export const EFFECTS = {
  MISSING: 'cause only those effects that they have not caused yet',
  NONE: 'cause no effects',
  ALL: 'cause all effects once more, under the same IDs',
};

const ENDED = ['COMPLETED', 'CANCELLED', 'FAILED'];

export const hasEnded = (job) => ENDED.includes(job.status);

/** Looks again and again how far a job is; less often once it has ended. */
export const useJob = (load, inputs) =>
  useLoad(load, inputs, (job) => (job && hasEnded(job) ? 10000 : 1000));

const LISTS = ['sources', 'eventTypes', 'errorClasses', 'fingerprints', 'notificationIds'];

/** The filter that a form's fields describe; undefined where they name nothing. */
export function filterOf(form) {
  const filter = {};
  for (const name of LISTS) {
    const named = String(form.get(name) || '').split(',').map((each) => each.trim()).filter(Boolean);
    if (named.length) {
      filter[name] = named;
    }
  }
  for (const name of ['since', 'until']) {
    const at = instant(form.get(name));
    if (at) {
      filter[name] = at;
    }
  }
  return Object.keys(filter).length ? filter : undefined;
}

const NAMES = {
  tenants: 'Tenants', sources: 'Sources', eventTypes: 'Types', notificationIds: 'Notification IDs', eventIds: 'Events',
  since: 'Since', until: 'Until', errorClasses: 'Causes', fingerprints: 'Issues', letterStatus: 'Letters',
};

/** A filter in words. */
export function FilterFacts({ filter = {} }) {
  const shown = Object.entries(filter);
  if (shown.length === 0) {
    return html`<p>Everything.</p>`;
  }
  const value = (name, of) => {
    if (name === 'since' || name === 'until') {
      return html`<${Time} at=${of} />`;
    }
    if (name === 'fingerprints') {
      return of.map((each) => html`<a href=${path(`/issues/${encodeURIComponent(each)}`)}><code>${each}</code></a> `);
    }
    return Array.isArray(of) ? of.join(', ') : words(of);
  };
  return html`<${Facts} of=${shown.map(([name, of]) => [NAMES[name] || name, value(name, of)])} />`;
}

function Counts({ title, rows, name }) {
  return rows?.length ? html`<div><h3>${title}</h3>
    <table><thead><tr><th scope="col">${title}</th><th scope="col" class="number">Events</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr><td data-label=${title}>${name(row)}</td>
      <td class="number" data-label="Events">${count(row.events)}</td></tr>`)}</tbody></table></div>` : null;
}

/** Which events a replay or a discard takes, before it begins. */
export function Preview({ of: body, tenant, version }) {
  const state = useLoad((signal) => request('POST', '/admin/replays/preview', { body, query: { tenant }, signal }),
    [JSON.stringify(body), tenant, version]);
  return html`<${Loaded} state=${state} rows=${3}>${(preview) => html`
    <p role="status"><b>${preview.exact === false ? 'At least ' : ''}${counted(preview.selected, 'event')}</b> ${preview.selected === 1 ? 'matches' : 'match'}.
      ${preview.effects?.effectsRepeated ? html` <b>${counted(preview.effects.effectsRepeated, 'known effect')}</b> would be caused once more.` : null}</p>
    <div class="columns">
      <${Counts} title="Type" rows=${preview.byType} name=${(row) => `${row.eventType || '(no known type)'} of ${row.source}`} />
      <${Counts} title="Tenant" rows=${preview.byTenant} name=${(row) => row.tenant} />
      <${Counts} title="Cause" rows=${preview.byErrorClass} name=${(row) => words(row.errorClass)} />
    </div>`}</${Loaded}>`;
}

/** Which effects may be caused. */
export const EffectsField = ({ value, set }) => html`<label class="field"><span>Effects</span>
  <select name="effects" value=${value} onChange=${(event) => set(event.target.value)}>
    ${Object.entries(EFFECTS).map(([mode, what]) => html`<option value=${mode}>${words(mode)}: ${what}</option>`)}
  </select></label>`;

/** What may be done with a replay that has not ended. */
export function ReplayActions({ caller, replay, changed }) {
  const [failure, setFailure] = useState(null);
  if (!mayAct(caller)) {
    return null;
  }
  const say = (what) => post(`/admin/replays/${replay.replayId}/${what}`, {}, { tenant: replay.tenant });
  const press = (what) => async () => {
    setFailure(null);
    await say(what).then(changed, setFailure);
  };
  return html`<div class="buttons">
      ${replay.status === 'RUNNING' && html`<button type="button" onClick=${press('pause')}>Pause</button>`}
      ${['PAUSED', 'FAILED'].includes(replay.status) && html`<button type="button" onClick=${press('resume')}>Resume</button>`}
      ${['RUNNING', 'PAUSED'].includes(replay.status) && html`<${Action} label="Cancel" title="Cancel the replay" tone="danger"
        act=${() => say('cancel')} done=${changed}><p>What is done stays done. The rest stays as it is.</p></${Action}>`}
    </div>
    <${Failure} error=${failure} />`;
}

/** How far a replay is. */
export function ReplayProgress({ replay }) {
  const discards = replay.action === 'DISCARD';
  return html`<p><${Badge} of=${replay.status} /> ${discards ? 'Discards letters' : 'Publishes events again'}${
    replay.reason ? html`: <span>${replay.reason}</span>` : null}</p>
    <${Progress} done=${replay.published + (replay.refused || 0)} of=${replay.selected} label="Progress of the replay" />
    <${Facts} of=${[
      [discards ? 'Discarded' : 'Published', count(replay.published)],
      ['Refused, being too large', replay.refused ? count(replay.refused) : null],
      ['Failed again', discards || replay.failedAgain === undefined ? null : count(replay.failedAgain)],
      ['Next attempt', replay.nextAttemptAt && html`<${Time} at=${replay.nextAttemptAt} />`],
    ]} />`;
}
