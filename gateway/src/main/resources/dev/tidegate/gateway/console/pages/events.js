// Every event: searched, filtered, and as they come.

import { useEffect, useRef, useState } from 'preact/hooks';
import { get, stream } from '/console/api.js';
import { Badge, Empty, Failure, Filter, List, Time, html, path, useLoad, usePages, useQuery } from '/console/components.js';
import { count, instant, millis, shortened } from '/console/format.js';

const FILTERS = ['about', 'status', 'source', 'eventType', 'errorClass', 'notificationId', 'requestId', 'fingerprint', 'since', 'until'];
const MORE = ['notificationId', 'requestId', 'since', 'until'];
const ERROR_CLASSES = ['UNDECODABLE', 'INVALID', 'HANDLER_FAILURE', 'HANDLER_UNAVAILABLE', 'DATABASE_REJECTED', 'ARCHIVE_REJECTED', 'TENANT_MISMATCH'];

/** Older ones leave the list of the tail. */
const MOST_LIVE = 200;

const COLUMNS = [
  { name: 'Event', of: (event) => event.eventType || 'unknown type' },
  { name: 'Status', of: (event) => html`<${Badge} of=${event.status} />` },
  { name: 'About', wide: true, of: (event) => about(event) },
  { name: 'Source', of: (event) => event.source },
  { name: 'Tenant', of: (event) => event.tenant },
  { name: 'Processed', of: (event) => html`<${Time} at=${event.processedAt} />` },
  { name: 'Latency', number: true, of: (event) => millis(event.latencyMillis) },
];

const link = (event) => path(`/events/${event.eventId}`);

/** What an event is about, else its notification ID. */
function about(event) {
  const keys = Object.entries(event.about?.keys || {});
  if (event.errorMessage && event.status === 'DEAD_LETTER') {
    return html`<span title=${event.errorMessage}>${shortened(event.errorMessage, 90)}</span>`;
  }
  return keys.length
    ? keys.slice(0, 3).map(([name, value], place) => html`${place ? ', ' : ''}<span title=${name}>${value}</span>`)
    : html`<code>${shortened(event.notificationId, 40)}</code>`;
}

export default function Events() {
  const [query, set] = useQuery();
  const live = query.live === 'true';
  const filter = Object.fromEntries(FILTERS.filter((name) => query[name]).map((name) => [name, query[name]]));
  ['since', 'until'].forEach((name) => {
    if (filter[name]) {
      filter[name] = instant(filter[name]);
    }
  });
  const filtered = Object.keys(filter).length > 0;
  const sources = useLoad((signal) => get('/admin/sources', {}, signal), [query.tenant]);
  const names = (sources.data?.items || []).map(({ source }) => ({ value: source, label: source }));

  return html`
    <div class="head"><h1>Events</h1>
      <div class="actions">
        ${filtered && html`<button type="button" onClick=${() => set(Object.fromEntries(FILTERS.map((name) => [name, ''])))}>Clear filters</button>`}
        <button type="button" aria-pressed=${String(live)} onClick=${() => set({ live: live ? '' : 'true' })}>Live</button>
      </div>
    </div>
    <form class="card filters" role="search" onSubmit=${(event) => event.preventDefault()}>
      <${Filter} name="about" label="About (a container's number, a bill of lading, an order …)" search query=${query} set=${set} />
      <${Filter} name="status" label="Status" options=${['PROCESSED', 'UNHANDLED', 'DEAD_LETTER']} query=${query} set=${set} />
      ${names.length > 0 || !query.source
        ? html`<${Filter} name="source" label="Source" options=${names} query=${query} set=${set} />`
        : html`<${Filter} name="source" label="Source" query=${query} set=${set} />`}
      <${Filter} name="eventType" label="Type" query=${query} set=${set} />
      <${Filter} name="errorClass" label="Failure" options=${ERROR_CLASSES} query=${query} set=${set} />
      <details open=${MORE.some((name) => query[name])}><summary>More filters</summary><div>
        <${Filter} name="notificationId" label="Notification ID" query=${query} set=${set} />
        <${Filter} name="requestId" label="Request ID" query=${query} set=${set} />
        <${Filter} name="since" label="From" type="datetime-local" query=${query} set=${set} />
        <${Filter} name="until" label="Until" type="datetime-local" query=${query} set=${set} />
      </div></details>
    </form>
    <section class="card" aria-label="Events">
      ${live ? html`<${Live} key=${JSON.stringify(filter)} filter=${filter} />` : html`<${Found} filter=${filter} filtered=${filtered} />`}
    </section>`;
}

function Found({ filter, filtered }) {
  const pages = usePages('/admin/events', filter);
  return html`<${List} label="Events" state=${pages} columns=${COLUMNS} link=${link}
    empty=${filtered
      ? html`<${Empty} title="No event is like that">Clear a filter, or look at a longer time. An event that was accepted
          a moment ago may still be on its way.</${Empty}>`
      : html`<${Empty} title="No events yet">Send one: <code>./tidegate trigger</code></${Empty}>`} />`;
}

/** The tail of the ledger. It stops while nobody looks. */
function Live({ filter }) {
  const [items, setItems] = useState([]);
  const [state, setState] = useState('WAITING');
  const [skipped, setSkipped] = useState(0);
  const [paused, setPaused] = useState(false);
  const [failure, setFailure] = useState(null);
  const [away, setAway] = useState(document.visibilityState === 'hidden');
  const seen = useRef(new Set());
  const position = useRef({});

  useEffect(() => {
    const look = () => setAway(document.visibilityState === 'hidden' || !document.hasFocus());
    document.addEventListener('visibilitychange', look);
    addEventListener('blur', look);
    addEventListener('focus', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      removeEventListener('blur', look);
      removeEventListener('focus', look);
    };
  }, []);

  const stopped = paused || away;
  useEffect(() => {
    if (stopped) {
      return undefined;
    }
    const controller = new AbortController();
    stream('/admin/events/stream', filter, controller.signal, position.current, (event) => {
      const data = JSON.parse(event.data);
      if (event.type === 'skipped') {
        setSkipped((old) => old + data.events);
      } else if (!seen.current.has(data.eventId + data.attempts)) {
        seen.current.add(data.eventId + data.attempts);
        setItems((old) => [data, ...old].slice(0, MOST_LIVE));
      }
    }, setState).catch(setFailure);
    return () => controller.abort();
  }, [stopped]);

  const text = away ? 'Paused while you are away'
    : paused ? 'Paused' : state === 'LIVE' ? 'Live' : 'Connecting …';
  return html`
    <div class="head">
      <span class="live" role="status"><span class=${`badge ${stopped || state !== 'LIVE' ? 'warn' : 'good'}`}>${text}</span></span>
      ${skipped > 0 && html`<span class="note">${count(skipped)} more came than are shown</span>`}
      <div class="actions"><button type="button" onClick=${() => setPaused(!paused)}>${paused ? 'Go on' : 'Pause'}</button></div>
    </div>
    <${Failure} error=${failure} />
    <${List} label="Events as they come" state=${{ items }} columns=${COLUMNS} link=${link}
      empty=${html`<${Empty} title="Waiting for events">They are shown here as they are committed.</${Empty}>`} />`;
}
