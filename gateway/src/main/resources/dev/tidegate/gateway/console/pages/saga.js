// One instance of a saga.

import { useState } from 'preact/hooks';
import { get, post } from '/console/api.js';
import { Action, Badge, Empty, Facts, Failure, html, Loaded, mayAct, path, Time, useLoad, useQuery } from '/console/components.js';
import { count } from '/console/format.js';
import { JsonTree } from '/console/json.js';

const MILLIS_BETWEEN_LOOKS = 5000;

export default function Saga({ caller, parameters }) {
  const [query] = useQuery();
  const [asked, setAsked] = useState(null);
  const place = `/sagas/${encodeURIComponent(parameters.saga)}/${encodeURIComponent(parameters.instance)}`;
  const { source } = query;
  const state = useLoad((signal) => get(place, { source }, signal), [place, source, query.tenant], MILLIS_BETWEEN_LOOKS);
  const title = html`${parameters.saga} <span class="note">${parameters.instance}</span>`;
  if (state.error && !state.data) {
    return html`<h1>${title}</h1><${Failure} error=${state.error} retry=${state.reload} />`;
  }
  return html`<${Loaded} state=${state}>${(saga) => {
    const target = { source: saga.source, tenant: saga.tenant };
    const done = (answer) => {
      setAsked(answer);
      state.reload();
    };
    return html`
      <div class="head"><h1>${title}</h1> <${Badge} of=${saga.status} />
        ${mayAct(caller) && html`<div class="actions">
          <${Action} label="Work out again" act=${() => post(`${place}/retry`, {}, target)} done=${done}>
            <p>The pipeline works out its state and its effects from its events again.</p></${Action}>
          ${['ACTIVE', 'FAILED'].includes(saga.status) && html`<${Action} label="Cancel saga" tone="danger" reason
            act=${(reason) => post(`${place}/cancel`, { reason }, target)} done=${done}>
            <p>Effects that are not done yet are taken back.</p></${Action}>`}
        </div>`}
      </div>
      ${asked && html`<p class="card" role="status">It is asked for. <a href=${path(`/events/${encodeURIComponent(asked.eventId)}`)}>Its event</a> shows when it is done.</p>`}
      <section class="card" aria-label="Where it stands">
        ${saga.failure ? html`<p class="failure">${saga.failure}</p>` : null}
        <${Facts} of=${[
          ['Waits for', saga.waitingFor],
          ['Since', saga.since && html`<${Time} at=${saga.since} />`],
          ['Source', saga.source],
          ['Tenant', saga.tenant],
          ['Events', count(saga.events)],
          ['Began', html`<${Time} at=${saga.createdAt} />`],
          ['Changed', html`<${Time} at=${saga.updatedAt} />`],
        ]} /></section>
      <div class="columns">
        <section class="card"><h2>State</h2>${saga.state === undefined || saga.state === null
          ? html`<p class="note">The saga has none.</p>` : html`<${JsonTree} value=${saga.state} />`}</section>
        <${Part} title="Deadlines" rows=${saga.deadlines} none="It has no deadline." columns=${[
          ['Deadline', (each) => each.deadline],
          ['Due', (each) => html`<${Time} at=${each.dueAt} />`],
          ['Became an event', (each) => html`<${Time} at=${each.emittedAt} />`],
        ]} />
      </div>
      <${Part} title="Events" rows=${saga.foldedEvents} none="It has no events." columns=${[
        ['Type', (each) => html`<a data-row-link href=${path(`/events/${encodeURIComponent(each.eventId)}`)}>${each.eventType}</a>`],
        ['Notification', (each) => each.notificationId],
        ['Time', (each) => html`<${Time} at=${each.time} />`],
      ]} />
      <${Part} title="Effects" rows=${saga.effects} none="It has caused nothing yet." columns=${[
        ['Effect', (each) => each.key],
        ['Kind', (each) => html`<${Badge} of=${each.kind} />`],
        ['Type', (each) => (each.kind === 'TASK'
          ? html`<a href=${path('/tasks', { task: each.effectId })}>${each.type}</a>` : each.type)],
        ['Status', (each) => html`<${Badge} of=${each.status} />`],
        ['Outcome', (each) => (each.outcome ? html`<${Badge} of=${each.outcome} />` : '–')],
        ['Changed', (each) => html`<${Time} at=${each.updatedAt} />`],
      ]} />`;
  }}</${Loaded}>`;
}

function Part({ title, rows, columns, none }) {
  return html`<section class="card"><h2>${title}</h2>
    ${rows.length === 0 ? html`<${Empty} title=${none} />` : html`<div class="scroll" tabindex="0" role="region" aria-label=${title}><table>
      <thead><tr>${columns.map(([name]) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>${columns.map(([name, of]) => html`<td data-label=${name}>${of(row)}</td>`)}</tr>`)}</tbody>
    </table></div>`}</section>`;
}
