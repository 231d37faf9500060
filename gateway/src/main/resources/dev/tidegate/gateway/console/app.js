// The console's frame: which page is shown, to whom, and what the keys do.

import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, request, tenant } from '/console/api.js';
import { Dialog, Failure, Loading, go, html, path } from '/console/components.js';

/** Each page: the places it is at, its name in the menu, and the key that goes there after g. */
const PAGES = [
  { place: /^\/$/, module: 'overview', menu: ['/', 'Overview', 'o'] },
  { place: /^\/events$/, module: 'events', menu: ['/events', 'Events', 'e'] },
  { place: /^\/events\/(?<id>[^/]+)$/, module: 'event' },
  { place: /^\/issues$/, module: 'issues', menu: ['/issues', 'Issues', 'i'] },
  { place: /^\/issues\/(?<fingerprint>[^/]+)$/, module: 'issue' },
  { place: /^\/replays$/, module: 'replays', menu: ['/replays', 'Replays', 'r'] },
  { place: /^\/replays\/(?<id>[^/]+)$/, module: 'replay' },
  { place: /^\/what-if$/, module: 'what-if', menu: ['/what-if', 'What-if', 'w'] },
  { place: /^\/what-if\/(?<id>[^/]+)$/, module: 'dry-run' },
  { place: /^\/tasks$/, module: 'tasks', menu: ['/tasks', 'Tasks', 't'] },
  { place: /^\/sagas$/, module: 'sagas', menu: ['/sagas', 'Sagas', 's'] },
  { place: /^\/sagas\/(?<saga>[^/]+)\/(?<instance>[^/]+)$/, module: 'saga' },
  { place: /^\/relay$/, module: 'relay', menu: ['/relay', 'Relay', 'l'] },
  { place: /^\/sources$/, module: 'sources', menu: ['/sources', 'Sources', 'n'] },
  { place: /^\/health$/, module: 'health', menu: ['/health', 'Health', 'h'] },
  { place: /^\/audit$/, module: 'audit', menu: ['/audit', 'Audit', 'a'] },
  { place: /^\/sign-in$/, module: 'sign-in' },
];

const MENU = PAGES.filter((page) => page.menu).map((page) => ({
  place: page.menu[0], name: page.menu[1], key: page.menu[2], module: page.module,
}));

const KEYS = [
  ['/', 'Search'],
  ['j, k', 'The next row, the row before'],
  ['Enter', 'Open the row'],
  ['[', 'Back'],
  ...MENU.map(({ key, name }) => [`g ${key}`, name]),
  ['?', 'This help'],
];

/** Each part by itself: a name may have any character, also a slash. */
function decoded(parts) {
  try {
    return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, decodeURIComponent(part)]));
  } catch {
    return parts;
  }
}

function pageAt(pathname) {
  const place = pathname.replace(/^\/console/, '') || '/';
  for (const page of PAGES) {
    const match = place.match(page.place);
    if (match) {
      return { ...page, parameters: decoded(match.groups || {}) };
    }
  }
  return null;
}

function Console() {
  const [place, setPlace] = useState(location.pathname);
  const [caller, setCaller] = useState(undefined);
  const [failure, setFailure] = useState(null);
  const [help, setHelp] = useState(false);
  const page = pageAt(place);

  const load = () => get('/whoami').then(setCaller).catch((error) => {
    if (error.status === 401) {
      setCaller(null);
    } else {
      setFailure(error);
    }
  });
  useEffect(() => {
    // A code in the address signs in anew, whoever is signed in.
    if (location.hash.startsWith('#code=')) {
      setCaller(null);
    } else {
      load();
    }
  }, []);

  useEffect(() => {
    const moved = () => setPlace(location.pathname);
    const signedOut = () => setCaller(null);
    addEventListener('moved', moved);
    addEventListener('popstate', moved);
    addEventListener('signed-out', signedOut);
    document.addEventListener('click', follow);
    const keys = keyboard(() => setHelp(true));
    document.addEventListener('keydown', keys);
    return () => {
      removeEventListener('moved', moved);
      removeEventListener('popstate', moved);
      removeEventListener('signed-out', signedOut);
      document.removeEventListener('click', follow);
      document.removeEventListener('keydown', keys);
    };
  }, []);

  if (failure) {
    return html`<main><${Failure} error=${failure} retry=${() => { setFailure(null); load(); }} /></main>`;
  }
  if (caller === undefined) {
    return html`<main><${Loading} /></main>`;
  }
  // A code in the address counts even where somebody is signed in already.
  if (caller === null || page?.module === 'sign-in') {
    return html`<main id="main"><${Page} module="sign-in" parameters=${{}} signedIn=${setCaller} /></main>`;
  }
  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <${Header} caller=${caller} page=${page} />
    <main id="main" tabindex="-1">
      ${page
        ? html`<${Page} key=${place} module=${page.module} parameters=${page.parameters} caller=${caller} />`
        : html`<h1>There is no such page</h1><p><a href=${path('/')}>Overview</a></p>`}
    </main>
    <div id="announcements" class="unseen" role="status" aria-live="polite"></div>
    ${help && html`<${Dialog} title="Keys" onClose=${() => setHelp(false)}>
      <dl class="keys">${KEYS.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    </${Dialog}>`}`;
}

/** Shows a page, whose module is loaded when it is first asked for. */
function Page({ module, ...properties }) {
  const [Content, setContent] = useState(null);
  const [failure, setFailure] = useState(null);
  const frame = useRef(null);
  useEffect(() => {
    import(`/console/pages/${module}.js`)
      .then((loaded) => setContent(() => loaded.default))
      .catch(() => setFailure(new Error('The page cannot be loaded. Is the gateway away?')));
  }, [module]);
  // Those who do not see the page are told where they are, also once what it shows is loaded.
  useEffect(() => {
    const name = () => {
      const heading = frame.current?.querySelector('h1');
      if (heading) {
        document.title = `${heading.textContent.trim()} – Tidegate`;
      }
    };
    const observer = new MutationObserver(name);
    observer.observe(frame.current, { childList: true, characterData: true, subtree: true });
    name();
    return () => observer.disconnect();
  }, []);
  const shown = failure
    ? html`<${Failure} error=${failure} retry=${() => location.reload()} />`
    : Content ? html`<${Content} ...${properties} />` : html`<${Loading} />`;
  return html`<div class="page" ref=${frame}>${shown}</div>`;
}

function Header({ caller, page }) {
  const [open, setOpen] = useState(false);
  const spans = caller.roles.includes('PLATFORM_OPERATOR');
  useEffect(() => setOpen(false), [page?.place]);
  const signOut = async () => {
    await request('DELETE', '/console/session').catch(() => {});
    dispatchEvent(new Event('signed-out'));
  };
  const current = (place) => {
    const here = location.pathname.replace(/^\/console/, '') || '/';
    return here === place || (place !== '/' && here.startsWith(`${place}/`)) ? 'page' : undefined;
  };
  return html`<header class="top">
    <a class="brand" href=${path('/')}><img src="/console/icon.svg" alt="" width="24" height="24" />Tidegate</a>
    <button type="button" class="menu-button" aria-expanded=${open} aria-controls="menu" onClick=${() => setOpen(!open)}>Menu</button>
    <nav id="menu" aria-label="Pages" class=${open ? 'open' : ''}>
      ${MENU.map(({ place, name }) => html`<a href=${path(place)} aria-current=${current(place)}>${name}</a>`)}
    </nav>
    <div class="who">
      ${spans ? html`<${TenantField} />` : html`<span class="tenant" title="Your tenant">${caller.tenant}</span>`}
      <span class="subject" title=${caller.roles.map((role) => role.toLowerCase()).join(', ')}>${caller.subject || ''}</span>
      <button type="button" class="plain" onClick=${signOut}>Sign out</button>
    </div>
  </header>`;
}

/** Whoever spans tenants may look at one of them. */
function TenantField() {
  const [text, setText] = useState(tenant() || '');
  useEffect(() => setText(tenant() || ''), [location.search]);
  const show = (event) => {
    event.preventDefault();
    const parameters = new URLSearchParams(location.search);
    parameters.delete('cursor');
    if (text.trim()) {
      parameters.set('tenant', text.trim());
    } else {
      parameters.delete('tenant');
    }
    location.assign(`${location.pathname}?${parameters}`);
  };
  return html`<form class="tenant-field" onSubmit=${show}>
    <label><span class="unseen">Tenant</span>
      <input value=${text} placeholder="all tenants" size="12" autocomplete="off" spellcheck=${false}
        onInput=${(event) => setText(event.target.value)} onChange=${show} /></label>
  </form>`;
}

/** Links of the console do not load it again. */
function follow(event) {
  const link = event.target.closest?.('a');
  if (!link || event.defaultPrevented || event.button !== 0 || link.target || link.hasAttribute('download')
    || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return;
  }
  const url = new URL(link.href);
  if (url.origin === location.origin && url.pathname.startsWith('/console/') && !url.hash) {
    event.preventDefault();
    go(url.pathname + url.search);
    scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }
}

function keyboard(showHelp) {
  let afterG = 0;
  return (event) => {
    const field = event.target.closest?.('input, textarea, select, dialog');
    if (event.key === 'Escape' && field?.matches('input')) {
      field.blur();
      return;
    }
    if (field || event.metaKey || event.ctrlKey || event.altKey) {
      return;
    }
    if (Date.now() - afterG < 1500) {
      afterG = 0;
      const page = MENU.find(({ key }) => key === event.key);
      if (page) {
        go(path(page.place));
      }
      return;
    }
    switch (event.key) {
      case '/': {
        const search = document.querySelector('[data-search]');
        if (search) {
          search.focus();
          search.select();
          event.preventDefault();
        }
        break;
      }
      case 'j':
        move(1);
        break;
      case 'k':
        move(-1);
        break;
      case 'g':
        afterG = Date.now();
        break;
      case '[':
        history.back();
        break;
      case '?':
        showHelp();
        break;
      default:
    }
  };
}

/** The row before or after the one that has the focus. */
function move(by) {
  const links = [...document.querySelectorAll('[data-row-link]')];
  const here = links.indexOf(document.activeElement);
  const next = links[here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

render(html`<${Console} />`, document.body);
