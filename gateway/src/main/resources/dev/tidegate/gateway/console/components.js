// What pages are made of.

import { h } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import htm from 'htm';
import { get, Problem, tenant } from '/console/api.js';
import { age, counted, localTime, utcTime, words } from '/console/format.js';

export const html = htm.bind(h);

/** Whether the caller may change things; all others see no buttons that do. */
export const mayAct = (caller) =>
  caller.roles.some((role) => role === 'OPERATOR' || role === 'PLATFORM_OPERATOR');

/** A path of the console that keeps the tenant that is shown. */
export function path(place, query = {}) {
  const parameters = new URLSearchParams();
  if (tenant()) {
    parameters.set('tenant', tenant());
  }
  Object.entries(query).forEach(([name, value]) => {
    if (value !== undefined && value !== null && value !== '') {
      parameters.set(name, value);
    }
  });
  const text = parameters.toString();
  return `/console${place}${text ? `?${text}` : ''}`;
}

/** Goes to a page without loading the console again. */
export function go(url, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  dispatchEvent(new Event('moved'));
}

/** The URL's parameters, and what sets some of them: the URL holds a page's state. */
export function useQuery() {
  const [query, setQuery] = useState(() => Object.fromEntries(new URLSearchParams(location.search)));
  useEffect(() => {
    const moved = () => setQuery(Object.fromEntries(new URLSearchParams(location.search)));
    addEventListener('moved', moved);
    addEventListener('popstate', moved);
    return () => {
      removeEventListener('moved', moved);
      removeEventListener('popstate', moved);
    };
  }, []);
  const set = useCallback((changes, options) => {
    const parameters = new URLSearchParams(location.search);
    Object.entries(changes).forEach(([name, value]) => {
      if (value === undefined || value === null || value === '') {
        parameters.delete(name);
      } else {
        parameters.set(name, value);
      }
    });
    const text = parameters.toString();
    go(location.pathname + (text ? `?${text}` : ''), options);
  }, []);
  return [query, set];
}

/**
 * Loads something, and again every so many milliseconds while the window is seen: as many as every
 * says, or makes of what was loaded. What was loaded before stays until the new is there, so that no
 * page jumps.
 */
export function useLoad(load, inputs, every = 0) {
  const [state, setState] = useState({ loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    let timer = null;
    let data;
    const pause = () => (typeof every === 'function' ? every(data) : every);
    const run = async () => {
      if (document.visibilityState === 'hidden' && turn > 0) {
        timer = setTimeout(run, pause() || 1000);
        return;
      }
      try {
        data = await load(controller.signal);
        setState({ data });
      } catch (error) {
        if (controller.signal.aborted) {
          return;
        }
        setState((old) => ({ data: old.data, error }));
      }
      if (pause() && !controller.signal.aborted) {
        timer = setTimeout(run, pause());
      }
    };
    setState((old) => ({ ...old, loading: true }));
    run();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [...inputs, turn]);
  return { ...state, reload: () => setTurn((old) => old + 1) };
}

/** Of one page of a list. */
const PAGE_ROWS = 50;

/** The pages of a list, one after another. */
export function usePages(place, query) {
  const [more, setMore] = useState({ items: [], next: null });
  const asked = { limit: PAGE_ROWS, ...query };
  const first = useLoad((signal) => get(place, asked, signal), [place, JSON.stringify(asked), tenant()]);
  useEffect(() => setMore({ items: [], next: null, of: first.data }), [first.data]);
  const current = more.of === first.data ? more : { items: [], next: null };
  const next = current.items.length ? current.next : first.data?.next;
  return {
    ...first,
    items: first.data && [...first.data.items, ...current.items],
    next,
    loadMore: async () => {
      const page = await get(place, { ...asked, cursor: next });
      setMore({ items: [...current.items, ...page.items], next: page.next, of: first.data });
    },
  };
}

/** A time in the browser's zone; in UTC when it is pointed at. */
export function Time({ at, relative = false }) {
  return at
    ? html`<time datetime=${at} title=${`${utcTime(at)} (${age(at)})`}>${relative ? age(at) : localTime(at)}</time>`
    : html`<span>–</span>`;
}

const TONES = {
  PROCESSED: 'good', COMPLETED: 'good', RESOLVED: 'good', REPLAYED: 'good', WON: 'good', UP: 'good', DONE: 'good',
  DEAD_LETTER: 'bad', FAILED: 'bad', DOWN: 'bad', REFUSED: 'bad', LOST: 'muted',
  UNHANDLED: 'warn', PENDING: 'warn', PAUSED: 'warn', ACKNOWLEDGED: 'warn', PARTLY: 'warn', DEGRADED: 'warn',
  OPEN: 'bad', RUNNING: 'info', ACTIVE: 'info', CLAIMED: 'info',
};

/** A status. */
export const Badge = ({ of, tone }) =>
  html`<span class=${`badge ${tone || TONES[of] || 'muted'}`}>${words(of)}</span>`;

/** Copies a text. */
export function Copy({ text, label }) {
  const [done, setDone] = useState(false);
  const copy = async (event) => {
    event.preventDefault();
    event.stopPropagation();
    await navigator.clipboard.writeText(text);
    setDone(true);
    announce('Copied');
    setTimeout(() => setDone(false), 1500);
  };
  return html`<button type="button" class="copy" onClick=${copy} aria-label=${`Copy ${label || text}`}
    title="Copy"><svg viewBox="0 0 16 16" aria-hidden="true">
      ${done ? html`<path d="M3 8.5l3.2 3.2L13 5" />` : html`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M3 10.5V4a1.5 1.5 0 0 1 1.5-1.5H11" />`}
    </svg></button>`;
}

/** An ID, in letters that cannot be mistaken, with a button that copies it. */
export const Id = ({ of, short = false }) =>
  html`<span class="id"><code title=${of}>${short ? `${of.slice(0, 12)}…` : of}</code><${Copy} text=${of} /></span>`;

/** What to do where there is nothing. */
export const Empty = ({ title, children }) =>
  html`<div class="empty"><p class="empty-title">${title}</p><div>${children}</div></div>`;

/** Why something could not be done. */
export function Failure({ error, retry }) {
  if (!error) {
    return null;
  }
  return html`<div class="failure" role="alert">
    <p>${error.message}</p>
    ${error.errors?.length
      ? html`<ul>${error.errors.map((each) => html`<li><code>${each.pointer || each.name}</code> ${each.detail}</li>`)}</ul>`
      : null}
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`;
}

/** The space of what is loading: as much as it will take. */
export const Loading = ({ rows = 5 }) =>
  html`<div class="loading" aria-busy="true" aria-label="Loading">
    ${Array.from({ length: rows }, () => html`<div class="loading-row"></div>`)}
  </div>`;

/** What was loaded, or why it could not be. */
export function Loaded({ state, rows, children }) {
  return html`<${Failure} error=${state.error} retry=${state.reload} />
    ${state.data === undefined && !state.error ? html`<${Loading} rows=${rows} />` : null}
    ${state.data !== undefined ? children(state.data) : null}`;
}

/**
 * A list with a row for each item, which the keys j and k walk through.
 *
 * columns: [{name, of: item => what is shown, number: true where it is one, wide: true where it may
 * take the room that is left}]
 */
export function List({ label, state, columns, link, empty, marked }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const items = state.items || state.data?.items;
  const loadMore = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await state.loadMore();
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return html`<${Failure} error=${state.error} retry=${state.reload} />
    ${items === undefined && !state.error ? html`<${Loading} rows=${8} />` : null}
    ${items?.length === 0 && empty}
    ${items?.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${label}>
      <table>
        <thead><tr>${columns.map((column) => html`<th scope="col" class=${column.number ? 'number' : ''}>${column.name}</th>`)}</tr></thead>
        <tbody>${items.map((item) => html`<tr data-row key=${link?.(item)} class=${marked?.(item) ? 'marked' : ''}>
          ${columns.map((column, place) => html`<td data-label=${column.name}
            class=${`${column.number ? 'number' : ''} ${column.wide ? 'wide' : ''}`}>
            ${place === 0 && link ? html`<a href=${link(item)} data-row-link>${column.of(item)}</a>` : column.of(item)}</td>`)}
        </tr>`)}</tbody>
      </table>
    </div>`}
    <${Failure} error=${failure} />
    ${state.next && html`<button type="button" class="more" disabled=${busy} onClick=${loadMore}>
      ${busy ? 'Loading…' : 'Load more'}</button>`}`;
}

/** Names and what they are. */
export const Facts = ({ of }) => html`<dl class="facts">
  ${of.filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>`;

/** A field of a form of filters, whose value the URL holds. */
export function Filter({ name, label, query, set, options, type = 'text', placeholder, search }) {
  const [text, setText] = useState(query[name] || '');
  useEffect(() => setText(query[name] || ''), [query[name]]);
  if (options) {
    return html`<label class="filter"><span>${label}</span>
      <select name=${name} value=${query[name] || ''} onChange=${(event) => set({ [name]: event.target.value })}>
        <option value="">any</option>
        ${options.map((option) => html`<option value=${option.value || option}>${option.label || words(option)}</option>`)}
      </select></label>`;
  }
  return html`<label class=${`filter ${search ? 'search' : ''}`}><span>${label}</span>
    <input type=${type} name=${name} value=${text} placeholder=${placeholder || ''} data-search=${search ? '' : undefined}
      autocomplete="off" spellcheck=${false} step="1"
      onInput=${(event) => setText(event.target.value)}
      onChange=${(event) => set({ [name]: event.target.value.trim() })} /></label>`;
}

/** A dialog over the page, of which the browser keeps the focus. */
export function Dialog({ title, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    dialog.current.showModal();
    return () => dialog.current?.close();
  }, []);
  return html`<dialog ref=${dialog} aria-labelledby="dialog-title" onClose=${onClose}
      onClick=${(event) => event.target === dialog.current && dialog.current.close()}>
    <div class="dialog-body">
      <header><h2 id="dialog-title">${title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick=${() => dialog.current.close()}>✕</button></header>
      ${children}
    </div>
  </dialog>`;
}

/**
 * A button that asks before it acts, and asks why where there is to be a reason.
 *
 * act: (reason) => promise; done: (result) => what follows
 */
export function Action({ label, title, children, act, done, reason = false, tone = '', disabled = false }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      const result = await act(new FormData(event.target).get('reason')?.trim());
      setOpen(false);
      announce(`${label}: done`);
      done?.(result);
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return html`<button type="button" class=${tone} disabled=${disabled} onClick=${() => setOpen(true)}>${label}</button>
    ${open && html`<${Dialog} title=${title || label} onClose=${() => setOpen(false)}>
      <form onSubmit=${submit}>
        ${children}
        ${reason && html`<label class="field"><span>Reason</span>
          <textarea name="reason" required maxlength="500" rows="2"></textarea></label>`}
        <${Failure} error=${failure} />
        <div class="buttons"><button type="submit" class=${tone || 'primary'} disabled=${busy}>${busy ? 'Working…' : label}</button></div>
      </form>
    </${Dialog}>`}`;
}

/** How far something is. */
export const Progress = ({ done, of, label }) => html`<div class="progress">
  <progress max=${Math.max(of, 1)} value=${of ? done : 1} aria-label=${label}></progress>
  <span>${counted(done, 'event')} of ${counted(of, 'event')}</span>
</div>`;

/** A small line of numbers, each as high as it is large. */
export function Sparkline({ values, label }) {
  const most = Math.max(...values, 1);
  const width = 4 * values.length;
  return html`<svg class="sparkline" role="img" aria-label=${label} viewBox=${`0 0 ${width} 20`} preserveAspectRatio="none">
    ${values.map((value, place) => html`<rect x=${4 * place} width="3"
      y=${value ? 19 - 18 * (value / most) : 19} height=${value ? 1 + 18 * (value / most) : 1} />`)}
  </svg>`;
}

/** Whether things of several tenants are shown: then each has to say whose it is. */
export const spansTenants = (caller) => caller.roles.includes('PLATFORM_OPERATOR') && !tenant();

/** Says something to those who hear the page. */
export function announce(text) {
  const region = document.getElementById('announcements');
  if (region) {
    region.textContent = text;
  }
}

export { Problem };
