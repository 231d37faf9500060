// Instances of sagas.

import { Badge, Empty, Filter, html, List, path, spansTenants, Time, usePages, useQuery } from '/console/components.js';
import { count, shortened } from '/console/format.js';

const STATUSES = ['ACTIVE', 'COMPLETED', 'CANCELLED', 'FAILED'];

export default function Sagas({ caller }) {
  const [query, set] = useQuery();
  const { saga, status, source } = query;
  const sagas = usePages('/sagas', { saga, status, source });
  const link = (each) => path(`/sagas/${encodeURIComponent(each.saga)}/${encodeURIComponent(each.instance)}`,
    { source: each.source, tenant: spansTenants(caller) ? each.tenant : undefined });
  const columns = [
    { name: 'Instance', of: (each) => html`<b>${each.saga}</b> ${each.instance}` },
    { name: 'Status', of: (each) => html`<${Badge} of=${each.status} />` },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (each) => each.tenant }] : []),
    { name: 'Source', of: (each) => each.source },
    { name: 'Waits for', wide: true, of: (each) => (each.failure ? shortened(each.failure) : each.waitingFor || '–') },
    { name: 'Since', of: (each) => html`<${Time} at=${each.since} relative />` },
    { name: 'Events', number: true, of: (each) => count(each.events) },
    { name: 'Last event', of: (each) => each.lastType || '–' },
    { name: 'Changed', of: (each) => html`<${Time} at=${each.updatedAt} relative />` },
  ];
  const filtered = saga || status || source;
  return html`<div class="head"><h1>Sagas</h1></div>
    <form class="filters" role="search" aria-label="Filter sagas" onSubmit=${(event) => event.preventDefault()}>
      <${Filter} name="saga" label="Saga" search query=${query} set=${set} />
      <${Filter} name="status" label="Status" options=${STATUSES} query=${query} set=${set} />
      <${Filter} name="source" label="Source" query=${query} set=${set} />
    </form>
    <section class="card" aria-label="Sagas">
      <${List} label="Sagas" state=${sagas} columns=${columns} link=${link} empty=${html`
        <${Empty} title=${filtered ? 'No saga matches' : 'There are no sagas'}>
          ${filtered
            ? html`<p>Clear a filter, or look at <a href=${path('/sagas')}>all sagas</a>.</p>`
            : html`<p>A saga follows a course of events, such as an order's, with deadlines and effects. Sources define sagas.</p>`}
        </${Empty}>`} />
    </section>`;
}
