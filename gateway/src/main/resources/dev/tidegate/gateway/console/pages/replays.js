// Replays, and the form for a new one.

import { useState } from 'preact/hooks';
import { post } from '/console/api.js';
import { Action, Badge, Empty, Filter, go, html, List, mayAct, path, spansTenants, Time, usePages, useQuery } from '/console/components.js';
import { count, shortened, words } from '/console/format.js';
import { SelectionFields } from '/console/selection.js';
import { EFFECTS, EffectsField, filterOf, Preview } from '/console/repair.js';

const STATUSES = ['RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED', 'FAILED'];

export default function Replays({ caller }) {
  const [query, set] = useQuery();
  const { status } = query;
  const replays = usePages('/admin/replays', { status });
  const columns = [
    { name: 'Started', of: (replay) => html`<${Time} at=${replay.createdAt} />` },
    { name: 'Status', of: (replay) => html`<${Badge} of=${replay.status} />` },
    { name: 'What', of: (replay) => `${replay.action === 'DISCARD' ? 'Discard' : 'Replay'} of ${words(replay.from)}` },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (replay) => replay.tenant || 'several' }] : []),
    { name: 'Done', number: true, of: (replay) => count(replay.published + (replay.refused || 0)) },
    { name: 'Of', number: true, of: (replay) => count(replay.selected) },
    { name: 'Who', of: (replay) => replay.requestedBy || '–' },
    { name: 'Why', wide: true, of: (replay) => shortened(replay.cause || '–') },
  ];
  return html`<div class="head"><h1>Replays</h1>
      ${mayAct(caller) && html`<div class="actions"><button type="button" aria-expanded=${query.form === 'new'}
        onClick=${() => set({ form: query.form ? null : 'new' }, { replace: true })}>New replay</button></div>`}
    </div>
    ${query.form === 'new' && mayAct(caller) && html`<${NewReplay} />`}
    <form class="filters" role="search" aria-label="Filter replays" onSubmit=${(event) => event.preventDefault()}>
      <${Filter} name="status" label="Status" options=${STATUSES} query=${query} set=${set} />
    </form>
    <section class="card" aria-label="Replays">
      <${List} label="Replays" state=${replays} columns=${columns} link=${(replay) => path(`/replays/${replay.replayId}`)} empty=${html`
        <${Empty} title=${status ? `No replay is ${words(status)}` : 'No replays yet'}>
          <p>A replay publishes events again: the letters of a mended <a href=${path('/issues')}>issue</a>, or events of the ledger.</p>
        </${Empty}>`} />
    </section>`;
}

/** What is to be replayed is looked at before it is. */
function NewReplay() {
  const [from, setFrom] = useState('DEAD_LETTERS');
  const [action, setAction] = useState('REPLAY');
  const [effects, setEffects] = useState('MISSING');
  const [rate, setRate] = useState('50');
  const [selection, setSelection] = useState(null);
  const changed = (setter) => (value) => {
    setSelection(null);
    setter(value);
  };
  const discards = from === 'DEAD_LETTERS' && action === 'DISCARD';
  const look = (event) => {
    event.preventDefault();
    setSelection({ from, filter: filterOf(new FormData(event.target)), ...(discards ? { action } : { effects }) });
  };
  const begin = (reason) => post('/admin/replays',
    { ...selection, ...(discards ? {} : { eventsPerSecond: Number(rate) }), reason });
  return html`<section class="card" aria-labelledby="new-replay">
    <h2 id="new-replay">New replay</h2>
    <form onSubmit=${look} onInput=${() => setSelection(null)}>
      <${SelectionFields} origin=${from} setOrigin=${changed((value) => {
        setFrom(value);
        setEffects(value === 'LEDGER' ? 'NONE' : 'MISSING');
      })} />
      ${from === 'DEAD_LETTERS' && html`<label class="field"><span>What to do with the letters</span>
        <select name="action" value=${action} onChange=${(event) => changed(setAction)(event.target.value)}>
          <option value="REPLAY">publish their events again</option>
          <option value="DISCARD">discard them</option>
        </select></label>`}
      ${!discards && html`<${EffectsField} value=${effects} set=${changed(setEffects)} />
        <label class="field"><span>Events a second</span>
          <input type="number" min="0.1" max="1000" step="any" required value=${rate} onInput=${(event) => setRate(event.target.value)} /></label>`}
      <div class="buttons"><button type="submit">Preview</button></div>
    </form>
    ${selection && html`<h3>Events that match</h3>
      <${Preview} of=${selection} />
      <div class="buttons">
        <${Action} label=${discards ? 'Discard' : 'Replay'} tone=${discards ? 'danger' : 'primary'} reason
          act=${begin} done=${(replay) => go(path(`/replays/${replay.replayId}`))}>
          <p>${discards ? 'The letters will not be retried. They stay in the ledger.' : `The events are published again in the background, and ${EFFECTS[effects]}.`}</p></${Action}>
      </div>`}
  </section>`;
}
