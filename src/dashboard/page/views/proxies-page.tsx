import type { AgentState, ProxiesView, ProxyView, UpstreamView } from '../../wire.ts';
import { ConditionList } from '../components/badges.tsx';
import { Empty, Loading } from '../components/notices.tsx';
import { TableHead } from '../components/table-head.tsx';
import { formatAgo, formatCount, plural } from '../format.ts';
import { now } from '../state/now.ts';
import { usePolled } from '../state/polled.ts';

export function ProxiesPage() {
  const { data, failure } = usePolled<ProxiesView>('proxies', 3_000);
  return (
    <>
      <h1>Proxies</h1>
      {data === undefined ? (
        <Loading what="the proxies" failure={failure} />
      ) : data.proxies.length === 0 ? (
        <Empty title="There are no EgressProxies that you may read.">
          The operators of the cluster manage them. Overview shows the traffic of your namespaces.
        </Empty>
      ) : (
        data.proxies.map((proxy) => <ProxyCard key={`${proxy.namespace}/${proxy.name}`} proxy={proxy} />)
      )}
    </>
  );
}

function ProxyCard({ proxy }: { proxy: ProxyView }) {
  const { namespace, name, isDefault, url, replicas, readyReplicas, namespaces } = proxy;
  const isReady = readyReplicas >= replicas && replicas > 0;
  return (
    <section class="card proxy">
      <div class="card-head">
        <h2>
          {namespace}/{name}
        </h2>
        {isDefault && <span class="badge quiet">default</span>}
        <span class={`badge ${isReady ? 'allowed' : 'refused'}`}>
          {readyReplicas} of {replicas} replicas ready
        </span>
        <span class="muted">serves {plural(namespaces, 'namespace')}</span>
      </div>
      {url !== undefined && (
        <p>
          <code>{url}</code>
        </p>
      )}
      <h3>Replicas</h3>
      <Agents agents={proxy.agents} />
      <h3>Upstreams</h3>
      {proxy.upstreams.length === 0 ? (
        <p class="muted">None: the proxy connects to targets directly.</p>
      ) : (
        <Upstreams upstreams={proxy.upstreams} />
      )}
      <h3>State</h3>
      <ConditionList conditions={proxy.conditions} />
    </section>
  );
}

function Agents({ agents }: { agents: readonly AgentState[] }) {
  if (agents.length === 0) return <p class="muted">No running pods.</p>;
  return (
    <ul class="conditions">
      {agents.map(({ pod, state, message, since }) => (
        <li key={pod}>
          <span class={`badge ${state === 'unreachable' ? 'refused' : 'quiet'}`}>{state}</span>
          <code>{pod}</code>
          <span class="muted">
            {message ?? (since !== undefined ? `counts since ${formatAgo(since, now.value)}` : '')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Upstreams({ upstreams }: { upstreams: readonly UpstreamView[] }) {
  return (
    <table class="stacked">
      <TableHead columns={['Name', 'Address', 'Targets', 'Health', 'Requests']} numbers={['Requests']} />
      <tbody>
        {upstreams.map((upstream) => (
          <tr key={upstream.name}>
            <th scope="row">{upstream.name}</th>
            <td data-label="Address">
              <code>{upstream.address}</code> {upstream.tls && <span class="badge quiet">TLS</span>}
            </td>
            <td data-label="Targets">
              {upstream.targets.length === 0 ? 'all' : upstream.targets.join(', ')}
            </td>
            <td data-label="Health">
              <Health upstream={upstream} />
            </td>
            <td data-label="Requests" class="number">
              {formatCount(upstream.requests)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Health({ upstream }: { upstream: UpstreamView }) {
  const { healthy, lastError, since, failed, requests } = upstream;
  const share =
    requests > 0 && failed > 0 && `${plural(failed, 'failure')} in its newest ${plural(requests, 'request')}`;
  if (healthy === undefined) return <span class="muted">{share || 'not known yet'}</span>;
  return (
    <>
      <span class={`badge ${healthy ? 'allowed' : 'refused'}`}>{healthy ? 'healthy' : 'unhealthy'}</span>{' '}
      <span class="muted">
        {since !== undefined && `since ${formatAgo(since, now.value)}`} {lastError} {share}
      </span>
    </>
  );
}
