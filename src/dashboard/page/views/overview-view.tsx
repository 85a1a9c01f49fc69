import type { DashboardFlow, NamespaceSummary, Overview } from '../../wire.ts';
import { isTrouble, ModeBadge } from '../components/badges.tsx';
import { Snippet } from '../components/copy-button.tsx';
import { ClientName } from '../components/flow-detail.tsx';
import { Empty, Loading } from '../components/notices.tsx';
import { RequestsChart } from '../components/requests-chart.tsx';
import { TableHead } from '../components/table-head.tsx';
import { explain } from '../flows/reasons.ts';
import { formatAgo, formatCount, plural } from '../format.ts';
import { formatRoute } from '../route.ts';
import { now } from '../state/now.ts';
import { usePolled } from '../state/polled.ts';
import { session } from '../state/session.ts';

export function OverviewView() {
  const { data, failure } = usePolled<Overview>('overview', 2_000);
  return (
    <>
      <h1>Namespaces</h1>
      {data === undefined ? <Loading what="the namespaces" failure={failure} /> : <Known overview={data} />}
    </>
  );
}

function Known({ overview }: { overview: Overview }) {
  if (overview.namespaces.length === 0) return <NoNamespaces />;
  return (
    <>
      <RequestsChart series={overview.series} label="All visible namespaces" />
      <p class="muted">
        The table counts from the opt-in of a namespace on. Agents and this page's server that were started
        again show fewer requests in the chart.
      </p>
      <table class="stacked">
        <TableHead
          columns={['Namespace', 'Mode', 'Requests', 'Refused', 'Last refusal', 'State']}
          numbers={['Requests', 'Refused']}
        />
        <tbody>
          {overview.namespaces.map((summary) => (
            <Row key={summary.name} summary={summary} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Row({ summary }: { summary: NamespaceSummary }) {
  const { name, mode, requests, denied, wouldDeny, lastRefusal, lastRefused } = summary;
  return (
    <tr>
      <th scope="row">
        <a href={formatRoute({ view: 'namespace', name })}>{name}</a>
      </th>
      <td data-label="Mode">
        <ModeBadge mode={mode} />
      </td>
      <td data-label="Requests" class="number">
        {formatCount(requests)}
      </td>
      <td data-label="Refused" class="number">
        {denied > 0 ? (
          <a href={formatRoute({ view: 'flows', filter: { namespace: name, outcome: 'refused' } })}>
            {formatCount(denied)}
          </a>
        ) : (
          0
        )}
        {wouldDeny > 0 && <div class="muted">{formatCount(wouldDeny)} would be refused</div>}
      </td>
      <td data-label="Last refusal">
        {lastRefusal ? <Refusal flow={lastRefusal} /> : <Forgotten namespace={name} target={lastRefused} />}
      </td>
      <td data-label="State">
        <State summary={summary} />
      </td>
    </tr>
  );
}

function Refusal({ flow }: { flow: DashboardFlow }) {
  const filter = flow.namespace === undefined ? {} : { namespace: flow.namespace };
  return (
    <a
      class="refusal"
      href={formatRoute({ view: 'flows', filter, ...(flow.id !== undefined && { id: flow.id }) })}
    >
      <span>
        <ClientName flow={flow} /> to <span class="target">{flow.target}</span>
      </span>
      <span class="muted">
        {formatAgo(flow.time, now.value)}: {explain(flow.reason).why}
      </span>
    </a>
  );
}

/** The target of a refusal that is no longer among the newest requests. */
function Forgotten({ namespace, target }: { namespace: string; target: string | undefined }) {
  if (target === undefined) return <span class="muted">none</span>;
  return (
    <a class="target" href={formatRoute({ view: 'namespace', name: namespace })}>
      {target}
    </a>
  );
}

function State({ summary: { conditions, ruleSets, requests } }: { summary: NamespaceSummary }) {
  const trouble = conditions.filter(isTrouble);
  if (trouble.length === 0) {
    return (
      <span class="muted">
        {ruleSets === 0 && requests > 0 ? 'no rule set' : plural(ruleSets, 'rule set')}
      </span>
    );
  }
  return (
    <>
      {trouble.map(({ type, reason, message }) => (
        <span key={type} class="badge refused" title={message}>
          {reason}
        </span>
      ))}
    </>
  );
}

const OBSERVE = [
  'kubectl label namespace my-app egress.zalando.org/mode=observe',
  'kubectl rollout restart deployment -n my-app',
].join('\n');
const ENFORCE = 'kubectl label namespace my-app egress.zalando.org/mode=enforce --overwrite';

function NoNamespaces() {
  const { viewer, onlyNamespace } = session.value ?? {};
  return (
    <Empty title="There are no namespaces to show.">
      <p>A namespace appears after it opts in:</p>
      <ol>
        <li>
          Start in observe mode, in which a missing rule refuses nothing. The restart gives the pods the proxy
          variables.
          <Snippet text={OBSERVE} label="Copy commands" />
        </li>
        <li>Add rule sets for the targets that are shown as "would be refused".</li>
        <li>
          Then enforce.
          <Snippet text={ENFORCE} label="Copy command" />
        </li>
      </ol>
      <p>
        If a namespace has opted in, {viewer ?? 'you'} may lack the permission to get egressactivities in it
        {onlyNamespace !== undefined && ` (checked namespace: ${onlyNamespace})`}. The role <code>view</code>{' '}
        includes it.
      </p>
    </Empty>
  );
}
