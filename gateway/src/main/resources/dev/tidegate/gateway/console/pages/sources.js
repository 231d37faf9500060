// Who sends events, and from where.

import { get } from '/console/api.js';
import { Badge, Empty, Facts, html, List, Loaded, path, Time, useLoad, usePages } from '/console/components.js';
import { count, counted } from '/console/format.js';

const KINDS = {
  WEBHOOK: 'Senders post signed webhooks to its path.',
  DECLARED: 'A file declares its events and tables.',
  NAMED: 'Tokens and keys may send for it.',
  SEEN: 'Its events are in the ledger. Nothing else is known of it.',
};

export default function Sources() {
  const tenants = usePages('/admin/tenants', {});
  const sources = useLoad((signal) => get('/admin/sources', {}, signal), []);
  const columns = [
    { name: 'Tenant', of: (each) => html`<b>${each.tenant}</b>` },
    { name: 'Sources', wide: true, of: (each) => (each.sources || []).join(', ') || '–' },
    { name: 'Events', number: true, of: (each) => count(each.events) },
    { name: 'Dead letters', number: true, of: (each) => count(each.deadLetters) },
    { name: 'Open letters', number: true, of: (each) => count(each.openLetters) },
    { name: 'Last event', of: (each) => html`<${Time} at=${each.lastEventAt} relative />` },
  ];
  return html`<div class="head"><h1>Tenants and sources</h1></div>
    <p>Events and dead letters are those of the last 24 hours.</p>
    <section class="card" aria-labelledby="tenants"><h2 id="tenants">Tenants</h2>
      <${List} label="Tenants" state=${tenants} columns=${columns} link=${(each) => path('/events', { tenant: each.tenant })} empty=${html`
        <${Empty} title="No tenant has events yet"><p>Send one with <code>./tidegate trigger</code>.</p></${Empty}>`} />
    </section>
    <section aria-labelledby="sources"><h2 id="sources">Sources</h2>
      <${Loaded} state=${sources}>${({ items }) => (items.length === 0
        ? html`<${Empty} title="No source is known yet"><p>Declare one, or send an event.</p></${Empty}>`
        : html`<div class="columns">${items.map((source) => html`<${Source} key=${source.source} of=${source} />`)}</div>`)}</${Loaded}>
    </section>`;
}

function Source({ of: source }) {
  const types = source.types || [];
  const { webhook } = source;
  return html`<section class="card" aria-label=${source.source}>
    <div class="head"><h3><a data-row-link href=${path('/events', { source: source.source })}>${source.source}</a></h3> <${Badge} of=${source.kind} /></div>
    <p class="note">${KINDS[source.kind]}</p>
    <${Facts} of=${[
      ['Path', webhook && html`<code>${webhook.path}</code>`],
      ['Scheme', webhook?.scheme],
      ['Tenants', webhook?.tenants?.join(', ')],
      ['Events', count(source.events)],
      ['Dead letters', count(source.deadLetters)],
      ['Last event', source.lastEventAt && html`<${Time} at=${source.lastEventAt} relative />`],
    ]} />
    ${types.length > 0 && html`<details><summary>${counted(types.length, 'type')}</summary><table>
      <thead><tr><th scope="col">Type</th><th scope="col" class="number">Events</th><th scope="col" class="number">Dead letters</th></tr></thead>
      <tbody>${types.map((type) => html`<tr>
        <td data-label="Type"><a href=${path('/events', { source: source.source, eventType: type.eventType })}>${type.eventType || '(no known type)'}</a></td>
        <td class="number" data-label="Events">${count(type.events)}</td>
        <td class="number" data-label="Dead letters">${count(type.deadLetters)}</td></tr>`)}</tbody>
    </table></details>`}
  </section>`;
}
