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

/** What was known stays on the page below it. */
export function FailureBanner({ failure }: { failure: FetchFailure | undefined }) {
  if (failure === undefined || failure.kind === 'unauthorized') return null;
  if (failure.kind === 'unreachable') {
    return (
      <Notice tone="bad" title="The dashboard does not answer.">
        What you see is what was known before. If you reach it through <code>kubectl port-forward</code>,
        start that again; the page goes on by itself.
      </Notice>
    );
  }
  return (
    <Notice tone="bad" title="The dashboard could not answer.">
      {failure.message}
    </Notice>
  );
}

/** Requests through these replicas are not shown now; they are in the audit log all the same. */
export function Unreachable({ agents }: { agents: readonly AgentState[] }) {
  const away = agents.filter(({ state }) => state === 'unreachable');
  if (away.length === 0) return null;
  return (
    <Notice
      tone="warn"
      title={`${plural(away.length, 'proxy replica does', 'proxy replicas do')} not answer.`}
    >
      What went through there is missing here; the proxy itself may work all the same, and its audit log has
      every request.
      <ul>
        {away.map(({ pod, message, heard }) => (
          <li key={pod}>
            <code>{pod}</code>: {message}
            {heard !== undefined && ` (last heard ${formatAgo(heard, now.value)})`}
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

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Loading {what} ...
    </p>
  );
}
