// What flows now, how it went, and what needs a person.

import { get } from '/console/api.js';
import { Chart } from '/console/chart.js';
import { Empty, Failure, List, Loaded, html, path, useLoad, useQuery } from '/console/components.js';
import { age, count, counted, duration, localMinute, millis, rate, words } from '/console/format.js';

const RANGES = [['1h', '1 hour', 3600], ['6h', '6 hours', 21600], ['24h', '24 hours', 86400], ['7d', '7 days', 604800], ['31d', '31 days', 2678400]];

const NEEDS = {
  ISSUES: ['open issue', '/issues', { state: 'OPEN' }],
  REFUSED_ROWS: ['event of the outbox that Pub/Sub refused', '/relay', {}],
  REFUSED_EVENTS: ['event of a spool that Pub/Sub refused', '/relay', {}],
  FAILED_SAGAS: ['failed saga', '/sagas', { status: 'FAILED' }],
  OVERDUE_TASKS: ['overdue task', '/tasks', { status: 'OPEN', dueBefore: localMinute(new Date()) }],
  HEALTH: ['failing check', '/health', {}],
};


export default function Overview() {
  const [query, set] = useQuery();
  const range = RANGES.find(([name]) => name === query.range) || RANGES[1];
  const now = useLoad((signal) => get('/admin/overview', {}, signal), [query.tenant], 2000);
  const charts = useLoad((signal) => {
    const until = new Date();
    const since = new Date(until.getTime() - range[2] * 1000);
    return get('/admin/charts', { since: since.toISOString(), until: until.toISOString() }, signal);
  }, [query.tenant, range[0]], 30000);

  return html`
    <div class="head"><h1>Overview</h1></div>
    <section class="card" aria-labelledby="flow-heading">
      <h2 id="flow-heading">Now</h2>
      <${Failure} error=${now.error} retry=${now.reload} />
      <${Flow} now=${now.data} />
    </section>
    <section class="card" aria-labelledby="needs-heading">
      <h2 id="needs-heading">What needs a person</h2>
      <${Loaded} state=${now} rows=${2}>${(data) => html`<${Needs} all=${data.needsAPerson} />`}</${Loaded}>
    </section>
    <div class="head">
      <h2>Over time</h2>
      <div class="segments actions" role="group" aria-label="Time">
        ${RANGES.map(([name, label]) => html`<button type="button" aria-pressed=${String(name === range[0])}
          onClick=${() => set({ range: name })}>${label}</button>`)}
      </div>
    </div>
    <${Failure} error=${charts.error} retry=${charts.reload} />
    <div class="columns">
      <section class="card" aria-label="Events a second"><${Throughput} charts=${charts.data} /></section>
      <section class="card" aria-label="From publication to commit"><${Latency} charts=${charts.data} /></section>
    </div>
    <div class="columns">
      <section class="card" aria-labelledby="failures-heading">
        <h2 id="failures-heading">Failures by cause</h2>
        <${List} label="Failures by cause" state=${{ ...charts, items: charts.data?.failures, error: null }}
          empty=${html`<${Empty} title="Nothing failed">Failures are shown here, with a link to their issues.</${Empty}>`}
          link=${(item) => path('/issues', { errorClass: item.errorClass, stage: item.stage })}
          columns=${[
            { name: 'Class', of: (item) => words(item.errorClass) },
            { name: 'Stage', of: (item) => item.stage },
            { name: 'Failures', number: true, of: (item) => count(item.failures) },
          ]} />
      </section>
      <section class="card" aria-labelledby="types-heading">
        <h2 id="types-heading">Events by type</h2>
        <${List} label="Events by type" state=${{ ...charts, items: charts.data?.types, error: null }}
          empty=${html`<${Empty} title="No events"><${FirstEvents} /></${Empty}>`}
          link=${(item) => path('/events', { source: item.source, eventType: item.eventType })}
          columns=${[
            { name: 'Type', wide: true, of: (item) => item.eventType || 'types without a handler' },
            { name: 'Source', of: (item) => item.source },
            { name: 'Events', number: true, of: (item) => count(item.events) },
            { name: 'Failed', number: true, of: (item) => count(item.deadLetters) },
          ]} />
      </section>
    </div>`;
}

const FirstEvents = () => html`<p>Send some: <code>./tidegate up --demo</code> sends the demo's notifications,
  <code>./tidegate trigger</code> sends one.</p>`;

/** The picture of the README, with what flows through it. */
function Flow({ now }) {
  const rates = now?.rates || {};
  const totals = now?.totals || {};
  const backlog = now?.backlog || {};
  const latency = now?.latencyMillis || {};
  return html`<div class="flow" aria-live="off">
    <${Box} name="Received" rate=${rates.received} total=${totals.received} />
    <div class="flow-arrow">${backlog.topic === null || backlog.topic === undefined ? 'backlog unknown' : `${count(backlog.topic)} waiting`}</div>
    <${Box} name="Deduplicated" rate=${rates.deduplicated} total=${totals.deduplicated} note="without repeats" />
    <div class="flow-arrow">p50 ${millis(latency.p50)}<br />p99 ${millis(latency.p99)}</div>
    <div class="flow-ends">
      <${Box} name="Archived" rate=${rates.archived} total=${totals.archived} />
      <${Box} name="Committed" rate=${rates.committed} total=${totals.committed} />
      <${Box} name="Dead letters" rate=${rates.deadLetters} total=${totals.deadLetters} failed=${rates.deadLetters >= 0.05} />
    </div>
  </div>
  <p class="note">${backlog.outbox ? `${counted(backlog.outbox, 'event')} wait in the outbox, the oldest for ${duration(backlog.oldestOutboxSeconds)}.` : 'The outbox is empty.'}
    ${backlog.spool ? ` ${counted(backlog.spool, 'event')} wait in the gateway's spool.` : ''}</p>`;
}

const Box = ({ name, rate: events, total, note, failed }) => html`<div class=${`flow-box ${failed ? 'failed' : ''}`}>
  <h3>${name}</h3>
  <div class="rate">${rate(events)}</div>
  <div class="note">${total === undefined || total === null ? '' : `${count(total)} in 24 h`}${note ? ` ${note}` : ''}</div>
</div>`;

function Needs({ all }) {
  const present = all.filter(({ count: number }) => number > 0);
  if (present.length === 0) {
    return html`<p>Nothing. Everything that came was handled.</p>`;
  }
  return html`<ul class="needs">${present.map(({ kind, count: number, oldest }) => {
    const [name, place, query] = NEEDS[kind] || [words(kind), '/health', {}];
    return html`<li><a href=${path(place, query)}><b>${count(number)}</b> <span>${counted(number, name).replace(/^\S+ /, '')}</span>
      ${oldest && html`<span class="note">oldest ${age(oldest)}</span>`}</a></li>`;
  })}</ul>`;
}

function Throughput({ charts }) {
  const points = charts?.points || [];
  const step = charts?.stepSeconds || 60;
  const line = (name) => points.map((point) => (point[name] ?? 0) / step);
  return html`<${Chart} title="Events a second" times=${points.map(({ at }) => at)} format=${(value) => rate(value ?? 0)}
    series=${[
      { name: 'processed', color: '--series-1', values: line('processed') },
      { name: 'without a handler', color: '--series-4', values: line('unhandled') },
      { name: 'repeats', color: '--series-2', values: line('duplicates') },
      { name: 'dead letters', color: '--series-3', values: line('deadLetters') },
    ]} />`;
}

function Latency({ charts }) {
  const points = charts?.points || [];
  const line = (name) => points.map((point) => point[name] ?? null);
  return html`<${Chart} title="From publication to commit" times=${points.map(({ at }) => at)} format=${millis}
    series=${[
      { name: 'p50', color: '--series-1', values: line('p50') },
      { name: 'p95', color: '--series-2', values: line('p95') },
      { name: 'p99', color: '--series-3', values: line('p99') },
    ]} />`;
}
