// Work for people and agents. Operators may cancel it.

import { get, post } from '/console/api.js';
import { Action, Badge, Empty, Facts, Filter, html, Id, List, Loaded, mayAct, path, spansTenants, Time, useLoad, usePages, useQuery } from '/console/components.js';
import { count, instant, shortened } from '/console/format.js';
import { JsonTree } from '/console/json.js';

const STATUSES = ['OPEN', 'CLAIMED', 'COMPLETED', 'FAILED', 'CANCELLED'];
const UNFINISHED = ['OPEN', 'CLAIMED'];

export default function Tasks({ caller }) {
  const [query, set] = useQuery();
  const { kind, status, aggregate, saga, instance, dueBefore } = query;
  const filter = { kind, status, aggregate, saga, instance, dueBefore };
  const tasks = usePages('/tasks', { ...filter, dueBefore: instant(dueBefore) });
  const late = (task) => UNFINISHED.includes(task.status) && task.dueAt && new Date(task.dueAt) < new Date();
  const columns = [
    { name: 'Task', of: (task) => html`<b>${task.kind}</b>` },
    { name: 'Status', of: (task) => html`<${Badge} of=${task.status} />` },
    { name: 'About', wide: true, of: (task) => shortened(task.aggregate) },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (task) => task.tenant }] : []),
    { name: 'Priority', number: true, of: (task) => task.priority },
    { name: 'Due', of: (task) => html`<${Time} at=${task.dueAt} relative />${late(task) ? html` <${Badge} of="OVERDUE" tone="bad" />` : null}` },
    { name: 'Claimed by', of: (task) => task.claimedBy || '–' },
    { name: 'Claims', number: true, of: (task) => count(task.attempts) },
    { name: 'Created', of: (task) => html`<${Time} at=${task.createdAt} relative />` },
  ];
  const filtered = Object.values(filter).some(Boolean);
  return html`<div class="head"><h1>Tasks</h1></div>
    <form class="filters" role="search" aria-label="Filter tasks" onSubmit=${(event) => event.preventDefault()}>
      <${Filter} name="aggregate" label="About" search query=${query} set=${set} />
      <${Filter} name="status" label="Status" options=${STATUSES} query=${query} set=${set} />
      <${Filter} name="kind" label="Kind" query=${query} set=${set} />
      <${Filter} name="saga" label="Saga" query=${query} set=${set} />
      <${Filter} name="instance" label="Instance" query=${query} set=${set} />
      <${Filter} name="dueBefore" label="Due before" type="datetime-local" query=${query} set=${set} />
    </form>
    ${query.task && html`<${Task} key=${query.task} id=${query.task} caller=${caller} changed=${tasks.reload} close=${() => set({ task: null })} />`}
    <section class="card" aria-label="Tasks">
      <${List} label="Tasks" state=${tasks} columns=${columns} marked=${(task) => task.taskId === query.task}
        link=${(task) => path('/tasks', { ...filter, task: task.taskId })} empty=${html`
        <${Empty} title=${filtered ? 'No task matches' : 'There are no tasks'}>
          ${filtered
            ? html`<p>Clear a filter, or look at <a href=${path('/tasks')}>all tasks</a>.</p>`
            : html`<p>Events and sagas cause tasks. Workers claim them with <code>POST /tasks/claim</code>.</p>`}
        </${Empty}>`} />
    </section>`;
}

/** A task with its payload and its result. */
function Task({ id, caller, changed, close }) {
  const place = `/tasks/${encodeURIComponent(id)}`;
  const state = useLoad((signal) => get(place, {}, signal), [place]);
  const cancel = (reason) => post(`${place}/cancel`, { reason }, { tenant: state.data.tenant });
  return html`<section class="card" aria-label="The task">
    <${Loaded} state=${state}>${(task) => html`
      <div class="head"><h2>${task.kind}</h2> <${Badge} of=${task.status} />
        <div class="actions">
          ${mayAct(caller) && UNFINISHED.includes(task.status) && html`<${Action} label="Cancel task" tone="danger" reason act=${cancel}
            done=${() => { state.reload(); changed(); }}><p>The worker who has claimed it can no longer complete it. The event task.cancelled is published.</p></${Action}>`}
          <button type="button" onClick=${close}>Close</button>
        </div></div>
      <${Facts} of=${[
        ['About', task.aggregate],
        ['Source', task.source],
        ['Due', task.dueAt && html`<${Time} at=${task.dueAt} />`],
        ['Last claimed by', task.claimedBy],
        ['Claimed until', task.leasedUntil && html`<${Time} at=${task.leasedUntil} />`],
        ['Not before', task.notBefore && html`<${Time} at=${task.notBefore} />`],
        ['Failure', task.failure],
        ['Saga', task.saga && html`<a href=${path(`/sagas/${encodeURIComponent(task.saga)}/${encodeURIComponent(task.instance)}`)}>${task.saga} ${task.instance}</a>`],
        ['Caused by', task.causedBy && html`<a href=${path(`/events/${encodeURIComponent(task.causedBy)}`)}>event</a>`],
        ['Finished', task.finishedAt && html`<${Time} at=${task.finishedAt} />`],
        ['Task', html`<${Id} of=${task.taskId} />`],
      ]} />
      <h3>Payload</h3><${JsonTree} value=${task.payload} />
      ${task.result !== undefined && html`<h3>Result</h3><${JsonTree} value=${task.result} />`}`}
    </${Loaded}>
    ${state.error && !state.data ? html`<button type="button" onClick=${close}>Close</button>` : null}
  </section>`;
}
