// Bodies of events: as a tree, beside what is wrong with them, and compared with one another.

import { useState } from 'preact/hooks';
import { html, Copy } from '/console/components.js';
import { count } from '/console/format.js';

/** More children of one value are shown when they are asked for. */
const FIRST_CHILDREN = 100;

/** More differences help nobody. */
const MOST_DIFFERENCES = 500;

/** No longer text is searched for pointers, and no larger body is compared. */
const MOST_VALUES = 20000;

const escaped = (name) => String(name).replaceAll('~', '~0').replaceAll('/', '~1');

const isTree = (value) => value !== null && typeof value === 'object';

/**
 * A value as a tree that can be folded.
 *
 * marks: {pointer: what is wrong there}
 */
export function JsonTree({ value, marks = {} }) {
  return html`<div class="json"><${Node} value=${value} pointer="" marks=${marks} depth=${0} /></div>`;
}

function Node({ name, value, pointer, marks, depth }) {
  const inner = Object.keys(marks).some((marked) => marked.startsWith(`${pointer}/`));
  const [open, setOpen] = useState(depth < 3 || inner);
  const [shown, setShown] = useState(FIRST_CHILDREN);
  const mark = marks[pointer];
  const label = name === undefined ? null : html`<span class="json-name">${name}</span>: `;
  const note = mark && html` <strong class="json-mark">← ${mark}</strong>`;
  if (!isTree(value)) {
    return html`<div class=${mark ? 'json-line marked' : 'json-line'}>${label}<span class=${`json-${value === null ? 'null' : typeof value}`}>${JSON.stringify(value)}</span>${note}</div>`;
  }
  const entries = Object.entries(value);
  const isList = Array.isArray(value);
  const brackets = isList ? '[]' : '{}';
  if (entries.length === 0) {
    return html`<div class=${mark ? 'json-line marked' : 'json-line'}>${label}${brackets}${note}</div>`;
  }
  return html`<details class=${mark ? 'marked' : ''} open=${open} onToggle=${(event) => { if (event.target === event.currentTarget) { setOpen(event.currentTarget.open); } }}>
    <summary>${label}${brackets[0]}${open ? '' : html`<span class="json-size"> ${count(entries.length)} … ${brackets[1]}</span>`}${note}</summary>
    ${open && html`<div class="json-inner">
      ${entries.slice(0, shown).map(([key, child]) => html`<${Node} key=${key} name=${isList ? undefined : key} value=${child}
        pointer=${`${pointer}/${escaped(key)}`} marks=${marks} depth=${depth + 1} />`)}
      ${entries.length > shown && html`<button type="button" class="more" onClick=${() => setShown(shown + 1000)}>
        ${count(entries.length - shown)} more</button>`}
    </div>`}
  </details>`;
}

/** The values of a body by their pointers. */
function flat(value, pointer = '', into = new Map()) {
  if (into.size > MOST_VALUES) {
    return into;
  }
  if (isTree(value) && Object.keys(value).length > 0) {
    Object.entries(value).forEach(([key, child]) => flat(child, `${pointer}/${escaped(key)}`, into));
  } else {
    into.set(pointer, JSON.stringify(value));
  }
  return into;
}

/** What differs between two bodies: [{pointer, before, after}]. */
export function differences(before, after) {
  const old = flat(before);
  const present = flat(after);
  const found = [];
  for (const [pointer, value] of present) {
    if (old.get(pointer) !== value) {
      found.push({ pointer, before: old.get(pointer), after: value });
    }
  }
  for (const [pointer, value] of old) {
    if (!present.has(pointer)) {
      found.push({ pointer, before: value });
    }
  }
  return found.sort((one, other) => (one.pointer < other.pointer ? -1 : 1));
}

/** Two bodies beside each other, where they differ. */
export function Differences({ before, after }) {
  const all = differences(before, after);
  if (all.length === 0) {
    return html`<p>The two bodies say the same.</p>`;
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Differences"><table class="differences">
    <thead><tr><th scope="col">Place</th><th scope="col">There</th><th scope="col">Here</th></tr></thead>
    <tbody>${all.slice(0, MOST_DIFFERENCES).map(({ pointer, before: old, after: now }) => html`<tr>
      <td><code>${pointer || '(the whole body)'}</code></td>
      <td class="removed">${old === undefined ? html`<i>absent</i>` : html`<code>${old}</code>`}</td>
      <td class="added">${now === undefined ? html`<i>absent</i>` : html`<code>${now}</code>`}</td></tr>`)}</tbody>
  </table></div>
  ${all.length > MOST_DIFFERENCES && html`<p>${count(all.length - MOST_DIFFERENCES)} more differ.</p>`}`;
}

/** What is wrong with a body, by place: from the warnings, and from the pointers in a failure's text. */
export function marksOf(warnings = [], messages = []) {
  const marks = {};
  warnings.forEach(({ pointer, rule }) => { marks[pointer] = rule; });
  for (const message of messages) {
    for (const [pointer] of String(message).slice(0, MOST_VALUES).matchAll(/(?<![\w.:])(?:\/[\w~.-]+)+/g)) {
      marks[pointer.replace(/[.:]+$/, '')] ||= message;
    }
  }
  return marks;
}

/** A text of several lines, with a button that copies it. */
export const Text = ({ of, label }) => html`<div class="text"><${Copy} text=${of} label=${label} /><pre tabindex="0">${of}</pre></div>`;
