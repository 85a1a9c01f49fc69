import { useEffect, useRef } from 'preact/hooks';
import { FailureBanner, Unreachable } from './components/notices.tsx';
import { formatRoute, type PageRoute } from './route.ts';
import { flowAgents, flowsFailure, pollFlows } from './state/live-flows.ts';
import { route } from './state/location.ts';
import { session, signedIn, signOut } from './state/session.ts';
import { type Theme, theme, themes } from './state/theme.ts';
import { FlowsView } from './views/flows-view.tsx';
import { MapView } from './views/map-view.tsx';
import { NamespacePage } from './views/namespace-page.tsx';
import { OverviewView } from './views/overview-view.tsx';
import { ProxiesPage } from './views/proxies-page.tsx';
import { SignIn } from './views/sign-in.tsx';

const places: { title: string; route: PageRoute; views: PageRoute['view'][] }[] = [
  { title: 'Overview', route: { view: 'overview' }, views: ['overview', 'namespace'] },
  { title: 'Live', route: { view: 'flows', filter: {} }, views: ['flows'] },
  { title: 'Map', route: { view: 'map' }, views: ['map'] },
  { title: 'Proxies', route: { view: 'proxies' }, views: ['proxies'] },
];

export function App() {
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: a skip link, which must not change the route */}
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {signedIn.value ? <SignedIn /> : <SignIn />}
      </main>
    </>
  );
}

function SignedIn() {
  useEffect(pollFlows, []);
  const main = useRef<HTMLDivElement>(null);
  const place = route.value.view === 'namespace' ? `namespace ${route.value.name}` : route.value.view;
  useEffect(() => {
    document.title = `${place} - kube-egress`;
  }, [place]);
  return (
    <div ref={main} class="content">
      <FailureBanner failure={flowsFailure.value} />
      <Unreachable agents={flowAgents.value} />
      <View route={route.value} />
    </div>
  );
}

function View({ route: shown }: { route: PageRoute }) {
  switch (shown.view) {
    case 'overview':
      return <OverviewView />;
    case 'flows':
      return <FlowsView filter={shown.filter} id={shown.id} />;
    case 'namespace':
      return <NamespacePage name={shown.name} />;
    case 'map':
      return <MapView />;
    case 'proxies':
      return <ProxiesPage />;
  }
}

function Header() {
  return (
    <header class="top">
      <a class="brand" href="#/">
        <Logo /> kube-egress
      </a>
      {signedIn.value && (
        <nav aria-label="Views">
          {places.map(({ title, route: to, views }) => (
            <a
              key={title}
              href={formatRoute(to)}
              aria-current={views.includes(route.value.view) ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
      )}
      <div class="tools">
        <ThemeSwitch />
        {signedIn.value && <ViewerMenu />}
      </div>
    </header>
  );
}

function ThemeSwitch() {
  return (
    <label class="theme">
      <span class="hidden">Colours</span>
      <select value={theme.value} onChange={({ currentTarget }) => chooseTheme(currentTarget.value)}>
        <option value="system">System colours</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

function chooseTheme(value: string): void {
  theme.value = themes.find((known): known is Theme => known === value) ?? 'system';
}

function ViewerMenu() {
  const { viewer, kind } = session.value ?? {};
  return (
    <>
      <span class="who" title={viewer}>
        {viewer?.replace(/^system:serviceaccount:/, '')}
      </span>
      {kind === 'cluster' && (
        <button type="button" class="plain" onClick={() => signOut()}>
          Sign out
        </button>
      )}
    </>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <path
        d="M5 16h15M15 9l7 7-7 7"
        fill="none"
        stroke="currentColor"
        stroke-width="3.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
      <path d="M27 6v20" stroke="currentColor" stroke-width="3.4" stroke-linecap="round" />
    </svg>
  );
}

/** Moves the focus without changing the URL, which holds the route. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
