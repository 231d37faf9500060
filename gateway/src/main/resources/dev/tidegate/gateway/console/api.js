// Requests to the gateway, by the session's cookie.

/** What the gateway answered instead of a result: RFC 9457. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The gateway answered ${status}.`);
    this.status = status;
    this.errors = body.errors || [];
  }
}

/** The tenant whose things are shown; null for all that the caller may see. */
export function tenant() {
  return new URLSearchParams(location.search).get('tenant');
}

/** The path with the query's parameters that have a value. */
export function address(path, query = {}) {
  const parameters = new URLSearchParams();
  const all = { tenant: tenant(), ...query };
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined && value !== null && value !== '') {
      parameters.set(name, value);
    }
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

// A page of another site cannot set it: so a request that changes something comes from the console.
const HEADERS = { 'X-Tidegate-Console': '1', Accept: 'application/json' };

/** Sends a request; a refusal is thrown as a Problem. */
export async function request(method, path, { query, body, signal, headers } = {}) {
  const response = await fetch(address(path, query), {
    method,
    headers: {
      ...HEADERS,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    credentials: 'same-origin',
    cache: 'no-store',
  }).catch((failure) => {
    if (failure.name === 'AbortError') {
      throw failure;
    }
    throw new Problem(0, { detail: 'The gateway cannot be reached.' });
  });
  if (!response.ok) {
    throw await problemOf(response);
  }
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  if (response.status === 401) {
    dispatchEvent(new Event('signed-out'));
  }
  return new Problem(response.status, body);
}

export const get = (path, query, signal) => request('GET', path, { query, signal });
export const post = (path, body = {}, query) => request('POST', path, { body, query });
export const patch = (path, body, query) => request('PATCH', path, { body, query });

/**
 * Reads Server-Sent Events until the signal ends it, and connects again after the last one where the
 * connection is lost.
 *
 * position: {last: the ID of the last event}, which is kept for the next time
 */
export async function stream(path, query, signal, position, onEvent, onState) {
  while (!signal.aborted) {
    try {
      const response = await fetch(address(path, query), {
        headers: {
          ...HEADERS,
          Accept: 'text/event-stream',
          ...(position.last ? { 'Last-Event-ID': position.last } : {}),
        },
        signal,
        credentials: 'same-origin',
        cache: 'no-store',
      });
      if (!response.ok) {
        throw await problemOf(response);
      }
      onState('LIVE');
      await read(response.body, (event) => {
        position.last = event.id || position.last;
        onEvent(event);
      });
    } catch (failure) {
      if (signal.aborted) {
        return;
      }
      if (failure instanceof Problem && failure.status >= 400 && failure.status < 500) {
        throw failure;
      }
    }
    onState('WAITING');
    await new Promise((resolve) => {
      setTimeout(resolve, 2000);
      signal.addEventListener('abort', resolve, { once: true });
    });
  }
}

async function read(body, onEvent) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    text += value;
    const parts = text.split(/\r?\n\r?\n/);
    text = parts.pop();
    parts.map(eventOf).filter((event) => event.data).forEach(onEvent);
  }
}

function eventOf(text) {
  const event = { type: 'message', id: null, data: '' };
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^ /, '');
    switch (line.slice(0, colon)) {
      case 'event':
        event.type = value;
        break;
      case 'id':
        event.id = value;
        break;
      case 'data':
        event.data += value;
        break;
      default:
    }
  }
  return event;
}
