import type { ActivityTarget } from '../../../api/index.ts';
import type { NamespaceDetail, PodsView, RuleSetView } from '../../wire.ts';
import { ConditionList, ModeBadge, OutcomeBadge } from '../components/badges.tsx';
import { CopyButton, Snippet } from '../components/copy-button.tsx';
import { Empty, Loading, Notice } from '../components/notices.tsx';
import { RequestsChart } from '../components/requests-chart.tsx';
import { TableHead } from '../components/table-head.tsx';
import { explain } from '../flows/reasons.ts';
import { ruleSetYaml } from '../flows/rule-set-yaml.ts';
import { formatAgo, formatCount, plural } from '../format.ts';
import { formatRoute } from '../route.ts';
import { now } from '../state/now.ts';
import { usePolled } from '../state/polled.ts';
import { Requests } from './requests.tsx';
import { Simulation } from './simulation.tsx';
import { Suggestion } from './suggestion.tsx';

export function NamespacePage({ name }: { name: string }) {
  const { data, failure } = usePolled<NamespaceDetail>(`namespaces/${encodeURIComponent(name)}`, 2_000);
  if (failure?.kind === 'not-found') {
    return (
      <Empty title={`Namespace ${name} was not found.`}>
        It has not opted in, or you have no permission to get egressactivities in it.{' '}
        <a href="#/">All namespaces</a>
      </Empty>
    );
  }
  if (data === undefined) return <Loading what={`namespace ${name}`} failure={failure} />;
  return <Known view={data} />;
}

function Known({ view }: { view: NamespaceDetail }) {
  const { summary, targets, ruleSets, pods } = view;
  const refused = targets.filter(({ verdict, wouldDeny }) => verdict === 'deny' || wouldDeny);
  const allowed = targets.filter(({ verdict }) => verdict === 'allow');
  return (
    <>
      <div class="title-line">
        <h1>{summary.name}</h1>
        <ModeBadge mode={summary.mode} />
        <span class="muted">proxy: {summary.proxy ?? 'none yet'}</span>
        <a class="aside" href={formatRoute({ view: 'flows', filter: { namespace: summary.name } })}>
          Live requests
        </a>
      </div>
      <RequestsChart series={view.series} label={summary.name} />
      <p class="muted">
        {plural(summary.requests, 'request')}, {formatCount(summary.denied)} refused
        {view.since !== undefined && `, counted since ${new Date(view.since).toLocaleString('en-GB')}`}.
      </p>
      {view.source === 'activity' && (
        <Notice tone="info" title="The counts are those of the namespace's EgressActivity.">
          No agent of a proxy is reachable. Single requests and bytes are missing, and the counts can be a
          minute old.
        </Notice>
      )}
      <Refused namespace={summary.name} refused={refused} />
      {view.requests === undefined ? (
        <Hidden what="EgressRequests" />
      ) : (
        <Requests
          namespace={summary.name}
          requests={view.requests}
          mayAnswer={view.mayAnswer}
          mayApproveOwn={view.mayApproveOwn}
        />
      )}
      {ruleSets === undefined ? (
        <Hidden what="EgressRuleSets" />
      ) : (
        <>
          <Suggestion namespace={summary.name} />
          <Simulation namespace={summary.name} />
          <RuleSets ruleSets={ruleSets} />
        </>
      )}
      {pods === undefined ? <Hidden what="pods" /> : <Pods pods={pods} />}
      <Allowed allowed={allowed} dropped={view.dropped} />
      <h2>State</h2>
      {summary.conditions.length === 0 ? (
        <Empty title="No status yet." />
      ) : (
        <ConditionList conditions={summary.conditions} />
      )}
    </>
  );
}

function Refused({ namespace, refused }: { namespace: string; refused: readonly ActivityTarget[] }) {
  const allowable = refused
    .filter(({ reason }) => explain(reason).remedy === 'rule')
    .map(({ target }) => target);
  return (
    <section>
      <h2>Refused</h2>
      {refused.length === 0 && <Empty title="No refused requests." />}
      {refused.length > 0 && (
        <>
          <ul class="cards">
            {refused.map((target) => (
              <RefusedTarget key={keyOf(target)} namespace={namespace} counted={target} />
            ))}
          </ul>
          {new Set(allowable).size > 1 && (
            <details>
              <summary>One EgressRuleSet for all {new Set(allowable).size} targets</summary>
              <p>Review it before you apply it: every pod of the namespace may then reach each target.</p>
              <Snippet text={ruleSetYaml(namespace, allowable)} label="Copy YAML for all" />
            </details>
          )}
        </>
      )}
    </section>
  );
}

function RefusedTarget({ namespace, counted }: { namespace: string; counted: ActivityTarget }) {
  const { target, verdict, wouldDeny, reason, tlsFault, rule, count, lastSeen, owners = [] } = counted;
  const { why, advice, remedy } = explain(reason);
  return (
    <li class="card refused-target">
      <div class="card-head">
        <OutcomeBadge flow={{ verdict, state: 'closed', ...(wouldDeny && { wouldDeny: true as const }) }} />
        <a class="target" href={formatRoute({ view: 'flows', filter: { namespace, target } })}>
          {target}
        </a>
        <span class="muted">
          {plural(count, 'time')}, last {formatAgo(lastSeen, now.value)}
          {owners.length > 0 && `, by ${owners.join(', ')}`}
        </span>
      </div>
      <p>
        {wouldDeny ? 'Enforce mode would refuse it' : 'Refused'}, because {why}
        {rule !== undefined && ` (${rule})`}. {advice}
      </p>
      {tlsFault !== undefined && tlsFault !== reason && (
        <p>
          With a rule, tlsServerName: Enforce would end it, because {explain(tlsFault).why}.{' '}
          {explain(tlsFault).advice}
        </p>
      )}
      {remedy === 'rule' && (
        <div class="card-actions">
          <CopyButton text={ruleSetYaml(namespace, [target])} label="Copy YAML" />
          <CopyButton text={requestCommand(namespace, target)} label="Copy request command" />
          <details>
            <summary>Show YAML</summary>
            <pre>{ruleSetYaml(namespace, [target])}</pre>
          </details>
        </div>
      )}
    </li>
  );
}

/** Asks for the target: teams that write no rule sets need it. */
const requestCommand = (namespace: string, target: string): string =>
  `kubectl egress request ${namespace} '${target}' --for 2h --reason REASON`;

function RuleSets({ ruleSets }: { ruleSets: readonly RuleSetView[] }) {
  return (
    <section>
      <h2>Rule sets</h2>
      {ruleSets.length === 0 && <Empty title="No rule sets. Only cluster-wide rules apply." />}
      {ruleSets.map((ruleSet) => (
        <RuleSet key={ruleSet.name} ruleSet={ruleSet} />
      ))}
    </section>
  );
}

function RuleSet({ ruleSet }: { ruleSet: RuleSetView }) {
  const { name, selector, accepted, programmed, expired, expiresAt, targets, directTargets, hits, lastSeen } =
    ruleSet;
  const unused = targets.filter((target) => target.hits === 0).length;
  return (
    <div class="rule-set">
      <h3>
        {name} <span class="muted">{selector === undefined ? 'all pods' : `pods with ${selector}`}</span>
      </h3>
      {accepted?.status === 'False' && <p class="badge refused">{accepted.message}</p>}
      {expired !== undefined && <p class="badge unknown">Expired: {expired.message}</p>}
      {expired === undefined && expiresAt !== undefined && (
        <p class="muted">Expires {new Date(expiresAt).toLocaleString('en-GB')}</p>
      )}
      {expired === undefined && programmed?.status === 'False' && (
        <p class="badge observed">Not programmed yet: {programmed.message}</p>
      )}
      <p class="muted">
        {lastSeen === undefined
          ? 'Never used'
          : `${plural(hits, 'request')}, last ${formatAgo(lastSeen, now.value)}`}
        {unused > 0 && targets.length > unused && `; ${plural(unused, 'unused target')}`}.
      </p>
      <table class="stacked">
        <TableHead columns={['Target', 'Requests', 'Last use']} numbers={['Requests']} />
        <tbody>
          {targets.map(({ target, hits: used, lastSeen: last }, index) => (
            <tr key={`${index} ${target}`}>
              <th scope="row" class="target">
                {target}
              </th>
              <td data-label="Requests" class="number">
                {formatCount(used)}
              </td>
              <td data-label="Last use">
                {last === undefined ? <span class="badge unknown">unused</span> : formatAgo(last, now.value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {directTargets.length > 0 && (
        <p class="muted">Direct targets, not counted: {directTargets.join(', ')}</p>
      )}
    </div>
  );
}

function Pods({ pods: { notInjected, notServed, silent, clients } }: { pods: PodsView }) {
  return (
    <section>
      <h2>Pods that do not use the proxy</h2>
      {clients === 0 && <Empty title="No running pods." />}
      {clients > 0 && notInjected.length === 0 && (
        <p>{clients === 1 ? 'The pod has' : `All ${formatCount(clients)} pods have`} the proxy variables.</p>
      )}
      {notInjected.length > 0 && (
        <>
          <p>
            {plural(notInjected.length, 'pod has', 'pods have')} no proxy variables: created before the
            opt-in, or while the webhook was not running. Restart {notInjected.length === 1 ? 'it' : 'them'}:
          </p>
          <Names names={notInjected} />
        </>
      )}
      {notServed.length > 0 && (
        <details>
          <summary>{plural(notServed.length, 'pod', 'pods')} that the proxy cannot serve</summary>
          <p class="muted">They use the network of their node, are static pods, or run on Windows.</p>
          <Names names={notServed} />
        </details>
      )}
      {silent.length > 0 && (
        <details>
          <summary>
            {plural(silent.length, 'pod has', 'pods have')} the variables but no recent request
          </summary>
          <p class="muted">Either the pod sends no requests, or its program ignores the variables.</p>
          <Names names={silent} />
        </details>
      )}
    </section>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <ul class="names">
      {names.map((name) => (
        <li key={name}>
          <code>{name}</code>
        </li>
      ))}
    </ul>
  );
}

function Allowed({ allowed, dropped }: { allowed: readonly ActivityTarget[]; dropped: number }) {
  return (
    <section>
      <h2>Allowed</h2>
      {allowed.length === 0 && <Empty title="No allowed requests." />}
      {allowed.length > 0 && (
        <table class="stacked">
          <TableHead columns={['Target', 'Requests', 'Last request', 'Rule']} numbers={['Requests']} />
          <tbody>
            {allowed.map((counted) => (
              <tr key={keyOf(counted)}>
                <th scope="row" class="target">
                  {counted.target}
                </th>
                <td data-label="Requests" class="number">
                  {formatCount(counted.count)}
                </td>
                <td data-label="Last request">{formatAgo(counted.lastSeen, now.value)}</td>
                <td data-label="Rule">{counted.wouldDeny ? 'none (observe mode)' : counted.rule}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {dropped > 0 && (
        <p class="muted">{plural(dropped, 'request')} to further targets, which are not listed.</p>
      )}
    </section>
  );
}

function Hidden({ what }: { what: string }) {
  return <p class="muted">Not shown: you have no permission to list {what} in this namespace.</p>;
}

function keyOf({ target, verdict, wouldDeny, reason, tlsFault, rule }: ActivityTarget): string {
  return JSON.stringify([target, verdict, wouldDeny, reason, tlsFault, rule]);
}
