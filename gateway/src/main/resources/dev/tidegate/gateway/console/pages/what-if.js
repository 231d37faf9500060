// What would the handlers make of events that were received before? A form, and the dry runs so far.

import { useState } from 'preact/hooks';
import { post } from '/console/api.js';
import { Badge, Empty, Failure, go, html, List, mayAct, path, spansTenants, Time, usePages } from '/console/components.js';
import { count, words } from '/console/format.js';
import { MOST_EVENTS } from '/console/dry-runs.js';
import { filterOf } from '/console/repair.js';
import { SelectionFields } from '/console/selection.js';

export default function WhatIf({ caller }) {
  const runs = usePages('/admin/dry-runs', {});
  const columns = [
    { name: 'Started', of: (run) => html`<${Time} at=${run.createdAt} />` },
    { name: 'Status', of: (run) => html`<${Badge} of=${run.status} />` },
    { name: 'Events', of: (run) => words(run.origin) },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (run) => run.tenant || 'several' }] : []),
    { name: 'Done', number: true, of: (run) => count(run.done) },
    { name: 'Of', number: true, of: (run) => count(run.selected) },
    { name: 'Who', of: (run) => run.requestedBy || '–' },
  ];
  return html`<div class="head"><h1>What-if</h1></div>
    <p>A dry run gives earlier events to the handlers and declared sources that are loaded now. It shows which events would
      fail and why, and which rows and columns would change. It writes nothing.</p>
    ${mayAct(caller) && html`<${NewDryRun} />`}
    <section class="card" aria-labelledby="runs"><h2 id="runs">Dry runs</h2>
      <${List} label="Dry runs" state=${runs} columns=${columns} link=${(run) => path(`/what-if/${run.dryRunId}`)} empty=${html`
        <${Empty} title="No dry run yet"><p>${mayAct(caller)
          ? 'Choose events above.' : 'An operator can start one.'}</p></${Empty}>`} />
    </section>`;
}

function NewDryRun() {
  const [origin, setOrigin] = useState('LEDGER');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const start = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    setBusy(true);
    setFailure(null);
    try {
      const run = await post('/admin/dry-runs', { origin, filter: filterOf(form), limit: Number(form.get('limit')) });
      go(path(`/what-if/${run.dryRunId}`));
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return html`<section class="card" aria-labelledby="new-run"><h2 id="new-run">New dry run</h2>
    <form onSubmit=${start}>
      <${SelectionFields} origin=${origin} setOrigin=${setOrigin} />
      <label class="field"><span>At most this many events</span>
        <input type="number" name="limit" min="1" max=${MOST_EVENTS} required defaultValue=${MOST_EVENTS} /></label>
      <${Failure} error=${failure} />
      <div class="buttons"><button type="submit" class="primary" disabled=${busy}>Dry run</button></div>
    </form></section>`;
}
