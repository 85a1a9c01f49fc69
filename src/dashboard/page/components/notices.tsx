import type { ComponentChildren } from 'preact';
import type { AgentState } from '../../wire.ts';
import { formatAgo, plural } from '../format.ts';
import type { FetchFailure } from '../state/fetch-json.ts';
import { now } from '../state/now.ts';

type Tone = 'bad' | 'warn' | 'info';

export function Notice({
  tone,
  title,
  children,
}: {
  tone: Tone;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === 'info' ? 'status' : 'alert'}>
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

/** Shows that the server does not answer. The last data stay on the page below. */
export function FailureBanner({ failure }: { failure: FetchFailure | undefined }) {
  if (failure === undefined || failure.kind === 'unauthorized') return null;
  if (failure.kind === 'unreachable') {
    return (
      <Notice tone="bad" title="The dashboard does not answer.">
        The page shows the last data that it received. If you use <code>kubectl port-forward</code>, start it
        again; the page reconnects by itself.
      </Notice>
    );
  }
  return (
    <Notice tone="bad" title="The dashboard reports an error.">
      {failure.message}
    </Notice>
  );
}

/** Names the proxy replicas whose requests are missing on the page. */
export function Unreachable({ agents }: { agents: readonly AgentState[] }) {
  const away = agents.filter(({ state }) => state === 'unreachable');
  if (away.length === 0) return null;
  return (
    <Notice
      tone="warn"
      title={`${plural(away.length, 'proxy replica does', 'proxy replicas do')} not answer.`}
    >
      Their requests are missing on this page. The proxies themselves may work; the audit log contains every
      request.
      <ul>
        {away.map(({ pod, message, lastAnswerAt }) => (
          <li key={pod}>
            <code>{pod}</code>: {message}
            {lastAnswerAt !== undefined && ` (last answer ${formatAgo(lastAnswerAt, now.value)})`}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

/** For data that have not arrived: that they are awaited, or why they do not come. */
export function Loading({ what, failure }: { what: string; failure?: FetchFailure | undefined }) {
  if (failure !== undefined) return <FailureBanner failure={failure} />;
  return (
    <p class="loading" role="status">
      Loading {what} ...
    </p>
  );
}
