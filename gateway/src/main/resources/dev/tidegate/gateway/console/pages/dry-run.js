// One dry run.

import { get } from '/console/api.js';
import { Facts, html, Id, path, Time, useLoad } from '/console/components.js';
import { words } from '/console/format.js';
import { DryRun } from '/console/dry-runs.js';
import { FilterFacts } from '/console/repair.js';

export default function DryRunPage({ caller, parameters }) {
  const place = `/admin/dry-runs/${encodeURIComponent(parameters.id)}`;
  const asked = useLoad((signal) => get(place, {}, signal), [place]);
  const run = asked.data;
  return html`<div class="head"><h1>Dry run${run ? ` of ${words(run.origin)}` : ''}</h1></div>
    <section class="card" aria-label="Result"><${DryRun} caller=${caller} id=${parameters.id} /></section>
    ${run && html`<section class="card"><h2>Which events</h2><${FilterFacts} filter=${run.filter} />
      <h3>Who</h3><${Facts} of=${[
        ['Requested by', run.requestedBy || 'unknown'],
        ['Tenant', run.tenant || 'several'],
        ['Requested', html`<${Time} at=${run.createdAt} />`],
        ['Dry run', html`<${Id} of=${run.dryRunId} />`],
      ]} /></section>`}
    <p><a href=${path('/what-if')}>All dry runs</a></p>`;
}
