// The repair of an issue: preview, dry run, then all its letters at once.

import { useState } from 'preact/hooks';
import { get, post } from '/console/api.js';
import { Action, Empty, Failure, go, html, Loaded, mayAct, path, useQuery } from '/console/components.js';
import { count, counted } from '/console/format.js';
import { DryRun, MOST_EVENTS } from '/console/dry-runs.js';
import { EFFECTS, EffectsField, hasEnded, Preview, ReplayActions, ReplayProgress, useJob } from '/console/repair.js';
import { openLetters } from '/console/pages/issues.js';

export function IssueRepair({ caller, issue, resolve, changed }) {
  const [query, set] = useQuery();
  const [effects, setEffects] = useState('MISSING');
  const [failure, setFailure] = useState(null);
  const { tenant } = issue;
  const filter = { fingerprints: [issue.fingerprint] };
  const begin = (body, reason) => post('/admin/replays', { from: 'DEAD_LETTERS', filter, ...body, reason }, { tenant });
  const dryRun = async () => {
    setFailure(null);
    await post('/admin/dry-runs', { origin: 'DEAD_LETTERS', filter, limit: MOST_EVENTS }, { tenant })
      .then((run) => set({ dryRun: run.dryRunId }, { replace: true }), setFailure);
  };
  const show = (replay) => go(path(`/replays/${replay.replayId}`));
  const watch = (replay) => set({ replay: replay.replayId }, { replace: true });

  return html`<section class="card" aria-labelledby="repair">
    <h2 id="repair">Repair</h2>
    ${query.replay && html`<${Watched} caller=${caller} id=${query.replay} issue=${issue} resolve=${resolve} changed=${changed} />`}
    ${!query.replay && issue.openLetters === 0 && html`<${Empty} title="No letter is open">
      <p>There is nothing to retry. ${issue.state === 'RESOLVED' ? '' : 'Resolve the issue once its cause is mended.'}</p></${Empty}>`}
    ${!query.replay && issue.openLetters > 0 && html`
      ${mayAct(caller)
        ? html`<h3>Events that match</h3>
          <${Preview} of=${{ from: 'DEAD_LETTERS', filter, effects }} tenant=${tenant} version=${issue.openLetters} />
          <${EffectsField} value=${effects} set=${setEffects} />`
        : html`<p>Operators can retry or discard ${letters(issue)}.</p>`}
      <h3>What a retry would do</h3>
      ${query.dryRun
        ? html`<${DryRun} key=${query.dryRun} caller=${caller} id=${query.dryRun} tenant=${tenant} />`
        : html`<p>A dry run gives ${issue.openLetters > MOST_EVENTS
          ? `the first ${count(MOST_EVENTS)} of these events` : 'all these events'} to the handlers that are loaded now. It writes nothing.</p>`}
      <${Failure} error=${failure} />
      ${mayAct(caller) && html`<div class="buttons">
        <button type="button" onClick=${dryRun}>${query.dryRun ? 'Dry run again' : 'Dry run'}</button>
        <${Action} label="Discard all" title=${`Discard ${letters(issue)}`} tone="danger" reason
          act=${(reason) => begin({ action: 'DISCARD' }, reason)} done=${show}>
          <p>They will not be retried. They stay in the ledger.</p></${Action}>
        <${Action} label="Retry all" title=${`Retry ${letters(issue)}`} reason
          act=${(reason) => begin({ effects }, reason)} done=${show}>
          <p>They are published again in the background, and ${EFFECTS[effects]}.</p></${Action}>
        <${Action} label="Retry and watch" title=${`Retry ${letters(issue)}`} tone="primary" reason
          act=${(reason) => begin({ effects }, reason)} done=${watch}>
          <p>They are published again, and ${EFFECTS[effects]}. This page shows what becomes of them.</p></${Action}>
      </div>`}`}
  </section>`;
}

const letters = (issue) => `${openLetters(issue)} ${issue.openLetters === 1 ? 'letter' : 'letters'}`;

/** A retry of the issue's letters, until nothing of it is left. */
function Watched({ caller, id, issue, resolve, changed }) {
  const [, set] = useQuery();
  const [failure, setFailure] = useState(null);
  const state = useJob((signal) => get(`/admin/replays/${encodeURIComponent(id)}`, { tenant: issue.tenant }, signal), [id]);
  return html`<${Loaded} state=${state} rows=${4}>${(replay) => {
    const done = hasEnded(replay);
    return html`
      <${ReplayProgress} replay=${replay} />
      <p role="status">${done && issue.openLetters === 0 && !replay.failedAgain
        ? html`<b>No letter is open any more.</b>`
        : html`<b>${openLetters(issue)}</b> still open${replay.failedAgain ? html`, <b>${counted(replay.failedAgain, 'event')}</b> failed again` : null}.`}</p>
      <${ReplayActions} caller=${caller} replay=${replay} changed=${() => { state.reload(); changed(); }} />
      <${Failure} error=${failure} />
      <div class="buttons">
        <a class="button" href=${path(`/replays/${id}`)}>The replay</a>
        ${done && html`<button type="button" onClick=${() => set({ replay: null, dryRun: null })}>Done</button>`}
        ${done && issue.openLetters === 0 && issue.state !== 'RESOLVED' && mayAct(caller) && html`
          <button type="button" class="primary" onClick=${() => resolve().catch(setFailure)}>Resolve the issue</button>`}
      </div>`;
  }}</${Loaded}>`;
}
