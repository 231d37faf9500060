// Whether the gateway works, and what it needs.

import { get } from '/console/api.js';
import { Badge, Facts, html, Loaded, Time, useLoad } from '/console/components.js';
import { count, duration } from '/console/format.js';

const MILLIS_BETWEEN_LOOKS = 5000;
const NO_TENANT = { tenant: null };

const NAMES = {
  pubsub: 'Pub/Sub', database: 'Database', pipeline: 'Pipeline', archive: 'Archive', postgresql: 'PostgreSQL',
  'pubsub-store': "Pub/Sub's store", disk: 'Disk', tables: 'Tables', relay: 'Relay',
};

/** Whether it is ready: a refusal says what is not. */
async function readiness(signal) {
  try {
    await get('/readyz', NO_TENANT, signal);
    return { ready: true };
  } catch (problem) {
    if (problem.status !== 503) {
      throw problem;
    }
    return { ready: false, why: problem.message, errors: problem.errors };
  }
}

export default function Health() {
  const state = useLoad(async (signal) => {
    const [ready, health] = await Promise.all([readiness(signal), get('/health', NO_TENANT, signal)]);
    return { ready, health };
  }, [], MILLIS_BETWEEN_LOOKS);
  const backlog = useLoad((signal) => get('/admin/overview', {}, signal).then((overview) => overview.backlog), [], MILLIS_BETWEEN_LOOKS);
  return html`<div class="head"><h1>Health</h1></div>
    <${Loaded} state=${state}>${({ ready, health }) => html`
      <section class="card" aria-label="Readiness">
        <div role="status"><${Badge} of=${ready.ready ? 'READY' : 'NOT_READY'} tone=${ready.ready ? 'good' : 'bad'} />
          ${ready.ready ? null : html` <span>${ready.why}</span>
            <ul>${(ready.errors || []).map((each) => html`<li><code>${each.pointer}</code> ${each.detail}</li>`)}</ul>`}</div>
        <${Facts} of=${[
          ['Running since', html`<${Time} at=${health.startedAt} />`],
          ['For', duration(health.uptimeSeconds)],
        ]} />
      </section>
      <section class="card" aria-labelledby="checks"><h2 id="checks">What it needs</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Checks"><table>
          <thead><tr><th scope="col">Check</th><th scope="col">State</th><th scope="col">Problem</th><th scope="col">Checked</th></tr></thead>
          <tbody>${Object.entries(health.checks).map(([name, check]) => html`<tr>
            <td data-label="Check">${NAMES[name] || name}</td>
            <td data-label="State"><${Badge} of=${check.works ? 'WORKS' : 'FAILS'} tone=${check.works ? 'good' : 'bad'} /></td>
            <td class="wide" data-label="Problem">${check.problem || '–'}</td>
            <td data-label="Checked"><${Time} at=${check.checkedAt} relative /></td></tr>`)}</tbody>
        </table></div>
      </section>
      <div class="columns">
        <${Counted} title="Accepted since the start, by source" none="No event was accepted yet." of=${health.events.accepted} />
        <${Counted} title="Refused since the start, by reason" none="No request was refused." of=${health.events.rejected} />
      </div>`}</${Loaded}>
    <section class="card" aria-labelledby="backlog"><h2 id="backlog">What waits</h2>
      <${Loaded} state=${backlog} rows=${1}>${(waiting) => html`<${Facts} of=${[
        ['Messages in the topic', count(waiting?.topic)],
        ['Rows in the outbox', count(waiting?.outbox)],
        ['The oldest of them', duration(waiting?.oldestOutboxSeconds)],
        ['Events in the spool', count(waiting?.spool)],
      ]} />`}</${Loaded}>
    </section>`;
}

function Counted({ title, none, of = {} }) {
  const rows = Object.entries(of);
  return html`<section class="card"><h2>${title}</h2>
    ${rows.length === 0 ? html`<p class="note">${none}</p>`
      : html`<${Facts} of=${rows.map(([name, events]) => [name, count(events)])} />`}</section>`;
}
