// Failures, grouped by their cause.

import { Badge, Empty, Filter, html, List, path, spansTenants, Sparkline, Time, usePages, useQuery } from '/console/components.js';
import { count, instant, shortened, words } from '/console/format.js';

export const STATES = ['OPEN', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED'];

export const ERROR_CLASSES = ['UNDECODABLE', 'INVALID', 'HANDLER_FAILURE', 'HANDLER_UNAVAILABLE',
  'DATABASE_REJECTED', 'ARCHIVE_REJECTED', 'TENANT_MISMATCH'];

/** How many letters of an issue are open: beyond some number nobody counts on. */
export const openLetters = (issue) =>
  `${count(issue.openLetters)}${issue.openLettersExact === false ? '+' : ''}`;

const place = (issue, caller) => path(`/issues/${encodeURIComponent(issue.fingerprint)}`,
  { tenant: spansTenants(caller) ? issue.tenant : undefined });

export default function Issues({ caller }) {
  const [query, set] = useQuery();
  const { state, source, stage, errorClass, owner, since } = query;
  const issues = usePages('/admin/issues', { state, source, stage, errorClass, owner, since: instant(since) });
  const filtered = state || source || stage || errorClass || owner || since;
  const columns = [
    { name: 'Issue', wide: true, of: (issue) => html`<b>${words(issue.errorClass)}</b> ${shortened(issue.errorMessage, 160)}` },
    { name: 'State', of: (issue) => html`<${Badge} of=${issue.state} />${issue.state === 'OPEN' && issue.reopened ? html` <span class="note">came back</span>` : null}` },
    ...(spansTenants(caller) ? [{ name: 'Tenant', of: (issue) => issue.tenant }] : []),
    { name: 'Source', of: (issue) => issue.source },
    { name: 'Type', of: (issue) => issue.eventType || '–' },
    { name: 'Open letters', number: true, of: openLetters },
    { name: 'Failures', number: true, of: (issue) => count(issue.failures) },
    { name: 'Last 24 hours', of: (issue) => html`<${Sparkline} values=${issue.trend}
      label=${`${count(issue.trend.reduce((sum, each) => sum + each, 0))} failures in the last 24 hours`} />` },
    { name: 'Last failed', of: (issue) => html`<${Time} at=${issue.lastFailedAt} relative />` },
    { name: 'Owner', of: (issue) => issue.owner || '–' },
  ];
  return html`<div class="head"><h1>Issues</h1></div>
    <form class="filters" role="search" aria-label="Filter issues" onSubmit=${(event) => event.preventDefault()}>
      <${Filter} name="source" label="Source" search query=${query} set=${set} />
      <${Filter} name="state" label="State" options=${STATES} query=${query} set=${set} />
      <${Filter} name="errorClass" label="Cause" options=${ERROR_CLASSES} query=${query} set=${set} />
      <${Filter} name="stage" label="Stage" query=${query} set=${set} />
      <${Filter} name="owner" label="Owner" query=${query} set=${set} />
      <${Filter} name="since" label="Failed since" type="datetime-local" query=${query} set=${set} />
    </form>
    <section class="card" aria-label="Issues">
      <${List} label="Issues" state=${issues} columns=${columns} link=${(issue) => place(issue, caller)} empty=${html`
        <${Empty} title=${filtered ? 'No issue matches' : 'Nothing has failed'}>
          ${filtered
            ? html`<p>Clear a filter, or look at <a href=${path('/issues')}>all issues</a>.</p>`
            : html`<p>Events that fail for the same reason become one issue here. See <a href=${path('/events')}>the events</a>.</p>`}
        </${Empty}>`} />
    </section>`;
}
