// All that is known of an event.

import { useState } from 'preact/hooks';
import { get, post } from '/console/api.js';
import { Action, Badge, Copy, Empty, Facts, Id, List, Loaded, Time, html, mayAct, path, useLoad } from '/console/components.js';
import { millis, valueText, words } from '/console/format.js';
import { Differences, JsonTree, Text, marksOf } from '/console/json.js';

const KINDS = {
  RECEIVED: 'Received', PUBLISHED: 'Published', PROCESSED: 'Rows written',
  UNHANDLED: 'No handler knows the type', REPEATED: 'Came again, with nothing new', FAILED: 'Failed', REPLAYED: 'Replayed', EFFECT: 'Effect',
};

/** Rows with more columns than that are folded. */
const MOST_OPEN_COLUMNS = 40;

export default function EventPage({ parameters, caller }) {
  const state = useLoad((signal) => get(`/admin/events/${encodeURIComponent(parameters.id)}`, {}, signal), [parameters.id]);
  return html`<${Loaded} state=${state} rows=${12}>${(event) => html`<${Content} event=${event} caller=${caller} reload=${state.reload} />`}</${Loaded}>
    ${state.error?.status === 404 && html`<h1>No such event</h1>
      <p>It is not in the ledger: not yet, or not any more. <a href=${path('/events')}>All events</a></p>`}`;
}

function Content({ event, caller, reload }) {
  const letters = event.deadLetters || [];
  const open = letters.filter(({ status }) => status === 'OPEN');
  const id = encodeURIComponent(event.eventId);
  return html`
    <div class="head">
      <h1>${event.eventType || 'Event of unknown type'}</h1> <${Badge} of=${event.status} />
      <div class="actions">
        ${mayAct(caller) && html`
          <${Action} label="Replay" title="Replay this event" act=${() => post(`/admin/events/${id}/replay`)} done=${reload}>
            <p>The event goes through the pipeline again, under its ID and version. Columns that know something newer stay as they are.</p>
          </${Action}>
          ${open.length > 0 && html`<${Action} label="Discard" tone="danger" title="Discard the dead letters of this event"
              act=${() => post(`/admin/events/${id}/discard`)} done=${reload}>
            <p>Its open dead letters are settled: no replay takes them any more. The body stays in the archive.</p></${Action}>`}`}
      </div>
    </div>
    <section class="card" aria-label="Facts"><${Facts} of=${[
      ['Event', html`<${Id} of=${event.eventId} />`],
      ['Notification ID', html`<${Id} of=${event.notificationId} />`],
      ['Tenant', event.tenant],
      ['Source', event.source],
      ['Subject', event.subject],
      ...Object.entries(event.about?.keys || {}).map(([name, value]) =>
        [words(name), html`<a href=${path('/events', { about: value })}>${value}</a> <${Copy} text=${value} label=${words(name)} />`]),
      ['Received', html`<${Time} at=${event.receivedAt} />`],
      ['Processed', html`<${Time} at=${event.processedAt} />`],
      ['Latency', millis(event.latencyMillis)],
      ['Attempts', event.attempts],
      ['Other bodies under this ID', event.conflicts || ''],
      ['Signature', event.signatureValid === undefined ? '' : event.signatureValid ? 'valid' : 'not valid'],
      ['Request', event.requestId && html`<a href=${path('/events', { requestId: event.requestId })}>${event.requestId}</a>`],
    ]} /></section>
    ${open.map((letter) => html`<section class="card failure" aria-label="Failure">
      <p><b>${words(letter.errorClass)}</b> at ${letter.stage}, <${Time} at=${letter.failedAt} />:${' '}
        ${letter.errorMessage}${' '}<a href=${path(`/issues/${letter.fingerprint}`, { tenant: letter.tenant })}>All failures like this</a></p>
      ${letter.stackTrace && html`<details><summary>Stack trace</summary><${Text} of=${letter.stackTrace} label="the stack trace" /></details>`}
    </section>`)}
    <div class="columns">
      <section class="card" aria-labelledby="timeline-heading"><h2 id="timeline-heading">Timeline</h2><${Timeline} of=${event.timeline || []} /></section>
      <section class="card" aria-labelledby="effects-heading"><h2 id="effects-heading">Effects</h2><${Effects} of=${event.effects || []} /></section>
    </div>
    <section class="card" aria-labelledby="rows-heading"><h2 id="rows-heading">Rows and columns</h2><${Rows} written=${event.rowsWritten} /></section>
    <section class="card" aria-labelledby="body-heading"><h2 id="body-heading">Body</h2><${Body} event=${event} open=${open} /></section>
    <section class="card" aria-labelledby="attributes-heading"><h2 id="attributes-heading">Attributes</h2>
      <${Facts} of=${Object.entries(event.attributes || {}).map(([name, value]) => [html`<code>${name}</code>`, html`<code>${value}</code>`])} /></section>`;
}

const Timeline = ({ of }) => html`<ol class="timeline">${of.map((step) => html`
  <li class=${step.kind === 'FAILED' ? 'failed' : step.kind === 'PROCESSED' ? 'done' : ''}>
    <b>${KINDS[step.kind] || words(step.kind)}</b> <span class="note"><${Time} at=${step.at} /></span>
    <div>${step.stage && `at ${step.stage}: `}${step.errorClass && `${words(step.errorClass)}. `}${step.errorMessage || ''}
      ${step.effect || ''}
      ${step.replayId && html`<a href=${path(`/replays/${step.replayId}`)}>Replay</a>`}
      ${step.release && html`<span class="note"> release ${step.release}</span>`}</div>
  </li>`)}</ol>`;

const Effects = ({ of }) => html`<${List} label="Effects" state=${{ items: of }}
  empty=${html`<${Empty} title="No effects">The event caused rows only.</${Empty}>`}
  columns=${[
    { name: 'Type', wide: true, of: (effect) => effect.type },
    { name: 'Kind', of: (effect) => words(effect.kind) },
    { name: 'Key', of: (effect) => html`<code>${effect.key}</code>` },
    { name: 'Status', of: (effect) => html`<${Badge} of=${effect.status} />` },
    { name: 'Caused', of: (effect) => html`<${Time} at=${effect.createdAt} />` },
  ]} />`;

/** Which columns came from this event, and which from others. */
function Rows({ written }) {
  const rows = written?.rows || [];
  if (rows.length === 0) {
    return html`<${Empty} title="No rows">${written?.complete === false ? 'The search took too long.' : 'The event wrote no row.'}</${Empty}>`;
  }
  const columns = rows.reduce((sum, row) => sum + (row.columns?.length || 0), 0);
  return rows.map((row) => html`<details class="row" open=${columns <= MOST_OPEN_COLUMNS}>
    <summary><b>${row.table}</b> <code>${Object.entries(row.key).filter(([name]) => name !== 'tenant_id').map(([name, value]) => `${name} = ${value}`).join(', ')}</code>
      ${' '}<${Badge} of=${row.outcome} /></summary>
    <p><a href=${path('/events', { about: `${row.table}/${Object.entries(row.key).filter(([name]) => name !== 'tenant_id').map(([, value]) => value).join('/')}` })}>All its events</a></p>
    ${row.outcome === 'GONE' && html`<p class="note">The row is not there any more.</p>`}
    ${row.columns?.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${`Columns of ${row.table}`}><table>
      <thead><tr><th scope="col">Column</th><th scope="col">Value now</th><th scope="col">This event</th><th scope="col">The value is from</th></tr></thead>
      <tbody>${row.columns.map((column) => html`<tr>
        <td data-label="Column"><code>${column.name}</code></td>
        <td data-label="Value now" class="wide"><code>${valueText(column.value)}</code></td>
        <td data-label="This event"><${Badge} of=${column.outcome} />
          ${column.outcome === 'LOST' && column.said !== undefined ? html`<div class="note">said <code>${valueText(column.said)}</code></div>` : ''}</td>
        <td data-label="The value is from">${column.outcome === 'WON' ? 'this event'
          : column.wonBy ? html`<a href=${path(`/events/${column.wonBy.eventId}`)}>a newer event</a>${' '}<${Time} at=${column.wonBy.at} />` : 'a newer event'}</td>
      </tr>`)}</tbody></table></div>`}
  </details>`);
}

function Body({ event, open }) {
  const [other, setOther] = useState(null);
  const [busy, setBusy] = useState(false);
  if (event.payload === undefined) {
    return event.payloadBase64
      ? html`<p>The body is not JSON.</p><${Text} of=${decoded(event.payloadBase64)} label="the body" />`
      : html`<${Empty} title="No body is kept">The archive has it.</${Empty}>`;
  }
  const marks = marksOf(event.warnings || [], open.map(({ errorMessage }) => errorMessage));
  const compare = async () => {
    setBusy(true);
    try {
      setOther(await get(`/admin/events/${encodeURIComponent(event.lastGood.eventId)}`));
    } catch (failure) {
      setOther({ failure });
    }
    setBusy(false);
  };
  return html`
    <div class="head"><div class="actions">
      ${event.lastGood && html`<button type="button" disabled=${busy} onClick=${other ? () => setOther(null) : compare}>
        ${other ? 'Show the body' : 'Compare with the last good one'}</button>`}
      <a class="button" download=${`${event.eventId}.json`} href=${`/admin/events/${encodeURIComponent(event.eventId)}/payload`}>Download</a>
      <span><${Copy} text=${JSON.stringify(event.payload, null, 2)} label="the body" /></span>
    </div></div>
    ${Object.keys(marks).length > 0 && !other && html`<ul>${Object.entries(marks).map(([pointer, rule]) => html`<li><code>${pointer}</code> ${rule}</li>`)}</ul>`}
    ${other?.failure && html`<p class="failure">${other.failure.message}</p>`}
    ${other && !other.failure
      ? html`<p>There: <a href=${path(`/events/${other.eventId}`)}>the event of <${Time} at=${other.processedAt} /></a>, the last good one of this type. Here: this event.</p>
          <${Differences} before=${other.payload} after=${event.payload} />`
      : html`<${JsonTree} value=${event.payload} marks=${marks} />`}`;
}

function decoded(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
