// Who did what.

import { Badge, Empty, Filter, html, Id, List, path, spansTenants, Time, usePages, useQuery } from '/console/components.js';
import { instant, shortened, words } from '/console/format.js';

const ACTIONS = ['REPLAY_EVENT', 'DISCARD_EVENT', 'START_REPLAY', 'PAUSE_REPLAY', 'RESUME_REPLAY', 'CANCEL_REPLAY',
  'PREVIEW_REPLAY', 'START_DRY_RUN', 'CANCEL_DRY_RUN', 'SET_ISSUE_STATE', 'PUBLISH_REFUSED_EVENT',
  'DISCARD_REFUSED_EVENT', 'WORK_ON_TASK', 'CANCEL_TASK', 'RETRY_SAGA', 'CANCEL_SAGA', 'RETRY_REFUSED_ROW',
  'DISCARD_REFUSED_ROW', 'SIGN_IN', 'SIGN_OUT', 'MAKE_SIGN_IN_CODE'];

/** Where the page of an action's target is. */
function targetOf({ action, target }) {
  if (!target) {
    return '–';
  }
  if (target.startsWith('evt_')) {
    return html`<a href=${path(`/events/${encodeURIComponent(target)}`)}><code>${shortened(target, 16)}</code></a>`;
  }
  if (action.endsWith('_REPLAY')) {
    return html`<a href=${path(`/replays/${encodeURIComponent(target)}`)}><code>${shortened(target, 16)}</code></a>`;
  }
  if (action.endsWith('_DRY_RUN')) {
    return html`<a href=${path(`/what-if/${encodeURIComponent(target)}`)}><code>${shortened(target, 16)}</code></a>`;
  }
  return html`<code>${target}</code>`;
}

const detail = (value) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value));

const detailsOf = ({ details }) => (details && Object.keys(details).length
  ? Object.entries(details).map(([name, value]) => html`<div><span class="note">${name}</span> ${shortened(detail(value), 200)}</div>`)
  : '–');

export default function Audit({ caller }) {
  const [query, set] = useQuery();
  const { action, actor, since, until } = query;
  const records = usePages('/admin/audit', { action, actor, since: instant(since), until: instant(until) });
  const columns = [
    { name: 'When', of: (record) => html`<${Time} at=${record.recordedAt} />` },
    { name: 'Who', of: (record) => html`${record.actor || '–'}${record.actorTenant !== record.tenant ? html` <span class="note">of ${record.actorTenant}</span>` : null}` },
    { name: 'Action', of: (record) => words(record.action) },
    { name: 'Outcome', of: (record) => html`<${Badge} of=${record.outcome} />` },
    { name: 'On', of: targetOf },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (record) => record.tenant || 'several' }] : []),
    { name: 'Details', wide: true, of: detailsOf },
    { name: 'Request', of: (record) => html`<${Id} of=${record.requestId} short />` },
  ];
  const filtered = action || actor || since || until;
  return html`<div class="head"><h1>Audit</h1></div>
    <form class="filters" role="search" aria-label="Filter the audit" onSubmit=${(event) => event.preventDefault()}>
      <${Filter} name="actor" label="Who" search query=${query} set=${set} />
      <${Filter} name="action" label="Action" options=${ACTIONS} query=${query} set=${set} />
      <${Filter} name="since" label="Since" type="datetime-local" query=${query} set=${set} />
      <${Filter} name="until" label="Until" type="datetime-local" query=${query} set=${set} />
    </form>
    <section class="card" aria-label="Audit">
      <${List} label="Audit" state=${records} columns=${columns} empty=${html`
        <${Empty} title=${filtered ? 'No record matches' : 'Nobody has done anything yet'}>
          ${filtered
            ? html`<p>Clear a filter, or look at <a href=${path('/audit')}>the whole audit</a>.</p>`
            : html`<p>Each action of an operator is recorded here. So is each one that the caller had no right to.</p>`}
        </${Empty}>`} />
    </section>`;
}
