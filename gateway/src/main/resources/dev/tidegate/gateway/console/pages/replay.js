// One replay: how far it is, and who asked for what.

import { get } from '/console/api.js';
import { Facts, Failure, html, Id, Loaded, path, Time } from '/console/components.js';
import { count, words } from '/console/format.js';
import { FilterFacts, ReplayActions, ReplayProgress, useJob } from '/console/repair.js';

export default function Replay({ caller, parameters }) {
  const place = `/admin/replays/${encodeURIComponent(parameters.id)}`;
  const state = useJob((signal) => get(place, {}, signal), [place]);
  if (state.error && !state.data) {
    return html`<h1>Replay</h1><${Failure} error=${state.error} retry=${state.reload} />
      <p><a href=${path('/replays')}>All replays</a></p>`;
  }
  return html`<${Loaded} state=${state}>${(replay) => html`
    <div class="head"><h1>${replay.action === 'DISCARD' ? 'Discard' : 'Replay'} of ${words(replay.from)}</h1></div>
    <section class="card" aria-label="Progress">
      <${ReplayProgress} replay=${replay} />
      <${ReplayActions} caller=${caller} replay=${replay} changed=${state.reload} />
    </section>
    <section class="card"><h2>Which events</h2><${FilterFacts} filter=${replay.filter} /></section>
    <section class="card"><h2>Who and why</h2><${Facts} of=${[
      ['Requested by', replay.requestedBy || 'unknown'],
      ['Reason', replay.cause],
      ['Tenant', replay.tenant || 'several'],
      ['Run by', replay.runner === 'COMMAND' ? 'the command line: it ends with the command' : 'the gateway'],
      ['Effects', replay.action === 'DISCARD' ? null : words(replay.effects)],
      ['Pace', replay.action === 'DISCARD' ? null : replay.eventsPerSecond ? `${count(replay.eventsPerSecond)} events a second` : 'as fast as they are taken'],
      ['Requested', html`<${Time} at=${replay.createdAt} />`],
      ['Ended', replay.finishedAt && html`<${Time} at=${replay.finishedAt} />`],
      ['Replay', html`<${Id} of=${replay.replayId} />`],
    ]} /></section>`}</${Loaded}>`;
}
