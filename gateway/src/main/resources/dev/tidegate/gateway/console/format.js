// How numbers, times and names are shown.

const TIME = new Intl.DateTimeFormat(undefined, {
  year: 'numeric', month: 'short', day: '2-digit',
  hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
});
const NUMBER = new Intl.NumberFormat();
const COMPACT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** In the browser's zone. */
export const localTime = (text) => TIME.format(new Date(text));

export const utcTime = (text) => new Date(text).toISOString().replace('T', ' ').replace('Z', ' UTC');

/** For example 1,234; above a million 1.2M. */
export function count(value) {
  if (value === undefined || value === null) {
    return '–';
  }
  return Math.abs(value) < 1e6 ? NUMBER.format(value) : COMPACT.format(value);
}

/** One thing, or several: "1 event", "3 events". */
export const counted = (value, one, several = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : several}`;

/** Events a second. */
export function rate(value) {
  if (value === undefined || value === null) {
    return '–';
  }
  return `${value >= 100 ? count(Math.round(value)) : value.toFixed(value < 10 ? 1 : 0)}/s`;
}

export function millis(value) {
  if (value === undefined || value === null) {
    return '–';
  }
  if (value < 1000) {
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  }
  return value < 60000 ? `${(value / 1000).toFixed(1)} s` : duration(value / 1000);
}

/** A number of seconds, in its largest two units. */
export function duration(seconds) {
  if (seconds === undefined || seconds === null) {
    return '–';
  }
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  let rest = Math.round(seconds);
  const parts = [];
  for (const [name, size] of units) {
    if (rest >= size && parts.length < 2) {
      parts.push(`${Math.floor(rest / size)} ${name}`);
      rest %= size;
    }
  }
  return parts.join(' ') || `${Math.max(0, seconds).toFixed(1)} s`;
}

/** How long ago it was. */
export function age(text, now = Date.now()) {
  const seconds = (now - new Date(text).getTime()) / 1000;
  return seconds < 0 ? `in ${duration(-seconds)}` : `${duration(seconds)} ago`;
}

/** DEAD_LETTER becomes "dead letter". */
export const words = (constant) => String(constant || '').toLowerCase().replaceAll('_', ' ');

/** A text of one line that is no longer than that. */
export function shortened(text, most = 120) {
  const line = String(text ?? '').replace(/\s+/g, ' ');
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** A column's value as text. */
export function valueText(value) {
  if (value === null || value === undefined) {
    return 'null';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The moment that a field of the browser's zone holds, in ISO 8601; undefined where it holds none. */
export function instant(text) {
  const time = text ? new Date(text) : null;
  return time && !Number.isNaN(time.getTime()) ? time.toISOString() : undefined;
}

/** The moment as a field of the browser's zone holds it: the reverse of instant. */
export function localMinute(time) {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
