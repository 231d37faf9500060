// The relay: what waits in the outbox, and what Pub/Sub has refused.

import { get, post } from '/console/api.js';
import { Action, Badge, Empty, Facts, html, List, Loaded, mayAct, spansTenants, Time, useLoad, usePages } from '/console/components.js';
import { count, counted, duration, shortened } from '/console/format.js';

const MILLIS_BETWEEN_LOOKS = 5000;

export default function Relay({ caller }) {
  const status = useLoad((signal) => get('/admin/relay', {}, signal), [], MILLIS_BETWEEN_LOOKS);
  return html`<div class="head"><h1>Relay</h1></div>
    <${Loaded} state=${status}>${(relay) => html`<${Status} of=${relay} />`}</${Loaded}>
    <${RefusedRows} caller=${caller} changed=${status.reload} />
    <${RefusedEvents} caller=${caller} />`;
}

function Status({ of: relay }) {
  return html`<section class="card" aria-labelledby="outbox"><h2 id="outbox">Outbox</h2>
      ${relay.problem ? html`<p class="failure" role="alert">${relay.problem}</p>` : null}
      <${Facts} of=${[
        ['This gateway', html`<${Badge} of=${relay.running ? 'HAS_A_RELAY' : 'HAS_NO_RELAY'} tone=${relay.running ? 'good' : 'muted'} />`],
        ['Rows that wait', count(relay.waiting)],
        ['Lag', duration(relay.lagSeconds)],
        ['Refused rows', count(relay.refused)],
        ['Deadlines that wait', count(relay.deadlines.waiting)],
        ['Next deadline', relay.deadlines.nextDueAt && html`<${Time} at=${relay.deadlines.nextDueAt} />`],
      ]} />
    </section>
    <div class="columns">
      <${Parts} title="Lanes" name="Lane" rows=${relay.lanes} of=${(lane) => lane.lane}
        none="Nothing waits" text="The relay has published everything." />
      ${relay.tables.length > 0 && html`<${Parts} title="Applications' tables" name="Table" rows=${relay.tables}
        of=${(table) => html`<code>${table.name}</code>`} />`}
    </div>`;
}

function Parts({ title, name, rows, of, none, text }) {
  return html`<section class="card"><h2>${title}</h2>
    ${rows.length === 0 ? html`<${Empty} title=${none}><p>${text}</p></${Empty}>` : html`<table>
      <thead><tr><th scope="col">${name}</th><th scope="col" class="number">Wait</th><th scope="col" class="number">Refused</th>
        <th scope="col" class="number">Lag</th></tr></thead>
      <tbody>${rows.map((row) => html`<tr><td data-label=${name}>${of(row)}</td>
        <td class="number" data-label="Wait">${count(row.waiting)}</td>
        <td class="number" data-label="Refused">${count(row.refused)}</td>
        <td class="number" data-label="Lag">${duration(row.lagSeconds)}</td></tr>`)}</tbody></table>`}
  </section>`;
}

/** Rows of the outbox. What follows one in its aggregate waits for it. */
function RefusedRows({ caller, changed }) {
  const rows = usePages('/admin/relay/refused', {});
  const act = (row, what) => () => post(`/admin/relay/refused/${row.eventId}/${what}`, {}, { tenant: row.tenant });
  const done = () => {
    rows.reload();
    changed();
  };
  const columns = [
    { name: 'Type', of: (row) => html`<b>${row.eventType}</b>` },
    { name: 'About', of: (row) => row.aggregate },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (row) => row.tenant }] : []),
    { name: 'Source', of: (row) => row.source },
    { name: 'Refusal', wide: true, of: (row) => shortened(row.refusal, 300) },
    { name: 'Refused', of: (row) => html`<${Time} at=${row.refusedAt} relative />` },
    ...(mayAct(caller) ? [{
      name: 'Actions', of: (row) => html`<span class="buttons">
        <${Action} label="Retry" act=${act(row, 'retry')} done=${done}><p>The relay publishes it again, and then what follows it.</p></${Action}>
        <${Action} label="Discard" tone="danger" act=${act(row, 'discard')} done=${done}>
          <p>It is deleted. What follows it in ${row.aggregate} is published.</p></${Action}></span>`,
    }] : []),
  ];
  return html`<section class="card" aria-labelledby="refused"><h2 id="refused">Refused rows</h2>
    <${List} label="Refused rows" state=${rows} columns=${columns} empty=${html`
      <${Empty} title="Pub/Sub has refused no row"><p>A row that Pub/Sub refuses for good waits here for a person.</p></${Empty}>`} />
  </section>`;
}

/** Events in the spool of the gateway that answers. */
function RefusedEvents({ caller }) {
  const events = usePages('/admin/refused-events', {});
  const act = (event, what) => () => post(`/admin/refused-events/${event.id}/${what}`, {}, { tenant: event.tenant });
  const columns = [
    { name: 'Event', of: (event) => event.notificationId || `number ${event.id}` },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (event) => event.tenant || '–' }] : []),
    { name: 'Source', of: (event) => event.source || '–' },
    { name: 'Since', of: (event) => html`<${Time} at=${event.since} />` },
    { name: 'Body', number: true, of: (event) => counted(event.bodyBytes, 'byte') },
    ...(mayAct(caller) ? [{
      name: 'Actions', of: (event) => html`<span class="buttons">
        <${Action} label="Publish" act=${act(event, 'publish')} done=${events.reload}><p>The gateway publishes it again at once.</p></${Action}>
        <${Action} label="Discard" tone="danger" act=${act(event, 'discard')} done=${events.reload}>
          <p>It is deleted, with its body.</p></${Action}></span>`,
    }] : []),
  ];
  return html`<section class="card" aria-labelledby="refused-events"><h2 id="refused-events">Refused events</h2>
    <p class="note">They are in the spool of the gateway that answers you. Each gateway has its own.</p>
    <${List} label="Refused events" state=${events} columns=${columns} empty=${html`
      <${Empty} title="Pub/Sub has refused no event"><p>An accepted event that Pub/Sub refuses for good waits here for a person.</p></${Empty}>`} />
  </section>`;
}
