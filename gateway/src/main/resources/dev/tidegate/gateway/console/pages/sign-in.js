// Signing in: by a code of ./tidegate open, by a token or key, or by the organisation's own sign-in.

import { useEffect, useState } from 'preact/hooks';
import { get, request } from '/console/api.js';
import { Failure, go, html, Loading, useLoad } from '/console/components.js';

const NO_TENANT = { tenant: null };

/** The code that ./tidegate open has put into the address. It does not stay there, or in the history. */
function takeCode() {
  const code = location.hash.match(/^#code=(.+)$/)?.[1];
  if (code) {
    history.replaceState(null, '', location.pathname + location.search);
  }
  return code && decodeURIComponent(code);
}

/** Why the organisation's own sign-in has led back here without a session. */
const FAILURES = {
  refused: 'The sign-in was refused. Try again, or ask whoever looks after your accounts.',
  expired: 'The sign-in took too long, or was begun in another window. Try again.',
  'not-believed': 'Your account names no tenant here. Ask whoever looks after your accounts.',
  away: 'The sign-in cannot be reached. Try again later.',
};

function takeFailure() {
  const failed = location.hash.match(/^#failed=([a-z-]+)$/)?.[1];
  if (failed) {
    history.replaceState(null, '', location.pathname + location.search);
  }
  return failed && Object.hasOwn(FAILURES, failed) ? new Error(FAILURES[failed]) : null;
}

/** The page of the console that was wanted; of nowhere else. */
function returnTo() {
  const wanted = new URLSearchParams(location.search).get('returnTo') || '/console/';
  return /^\/console\/(?!sign-in)/.test(wanted) ? wanted : '/console/';
}

async function signIn(options) {
  await request('POST', '/console/session', { query: NO_TENANT, ...options });
  return get('/whoami', NO_TENANT);
}

export default function SignIn({ signedIn }) {
  const [code] = useState(takeCode);
  const [busy, setBusy] = useState(Boolean(code));
  const [failure, setFailure] = useState(takeFailure);
  const configuration = useLoad((signal) => get('/console/configuration', NO_TENANT, signal), []);

  const enter = async (options) => {
    setBusy(true);
    setFailure(null);
    try {
      const caller = await signIn(options);
      if (location.pathname === '/console/sign-in') {
        go(returnTo(), { replace: true });
      }
      signedIn(caller);
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  useEffect(() => {
    if (code) {
      enter({ body: { code } });
    }
  }, []);

  const submit = (event) => {
    event.preventDefault();
    const token = new FormData(event.target).get('token').trim();
    enter({ headers: { Authorization: `Bearer ${token}` } });
  };
  const oidc = configuration.data?.oidc;
  const command = configuration.data?.developmentCommand;
  const problem = configuration.data?.problem;
  return html`<h1>Sign in to Tidegate</h1>
    <${Failure} error=${failure} />
    ${problem && html`<p role="alert">${problem}</p>`}
    ${busy && code ? html`<p role="status">Signing in…</p>` : null}
    ${configuration.loading && !configuration.data ? html`<${Loading} rows=${3} />` : null}
    ${oidc && html`<section class="card">
      <p><a class="button primary" target="_self"
        href=${`/console/oidc/start?${new URLSearchParams({ returnTo: location.pathname === '/console/sign-in' ? returnTo() : location.pathname + location.search })}`}>
        Sign in with ${oidc.name}</a></p>
    </section>`}
    ${command && html`<section class="card">
      <h2>On this machine</h2>
      <p>Run <code>${command}</code>: it opens this page with a code that signs you in.</p>
    </section>`}
    <section class="card">
      <h2>With a token</h2>
      <form onSubmit=${submit}>
        <label class="field"><span>Token or API key</span>
          <input type="password" name="token" required autocomplete="off" spellcheck=${false} /></label>
        <p class="note">The browser keeps a session of eight hours at most, and never the token.</p>
        <div class="buttons"><button type="submit" class="primary" disabled=${busy}>${busy ? 'Signing in…' : 'Sign in'}</button></div>
      </form>
    </section>`;
}
