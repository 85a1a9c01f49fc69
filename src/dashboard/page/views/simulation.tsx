import { useState } from 'preact/hooks';
import type { SimulatedView, SimulationInput, SimulationView } from '../../wire.ts';
import { TableHead } from '../components/table-head.tsx';
import { LONGEST_PASTED, readPasted } from '../flows/read-pasted.ts';
import { explain } from '../flows/reasons.ts';
import { formatAgo, formatCount, plural } from '../format.ts';
import { now } from '../state/now.ts';
import { fetchAsViewer } from '../state/polled.ts';

/** Replays what the namespace requested against a rule set that the viewer pastes. Nothing is stored. */
export function Simulation({ namespace }: { namespace: string }) {
  const [text, setText] = useState('');
  const [simulation, setSimulation] = useState<SimulationView>();
  const [failure, setFailure] = useState<string>();
  const simulate = async () => {
    setFailure(undefined);
    setSimulation(undefined);
    try {
      setSimulation(await fetchSimulation(namespace, text));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section>
      <h2>Simulation</h2>
      <label>
        <span class="muted">
          A changed rule set, or several, as YAML: what would they do to what was requested?{' '}
        </span>
        <textarea
          rows={8}
          spellcheck={false}
          maxLength={LONGEST_PASTED}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <button type="button" disabled={text.trim() === ''} onClick={simulate}>
        Simulate
      </button>
      {failure !== undefined && (
        <p role="alert" class="badge refused">
          {failure}
        </p>
      )}
      {simulation !== undefined && <Simulated simulation={simulation} />}
    </section>
  );
}

function fetchSimulation(namespace: string, text: string): Promise<SimulationView> {
  const pasted = readPasted(text);
  if (!pasted.ok) throw new Error(pasted.message);
  const input: SimulationInput = { objects: pasted.objects };
  return fetchAsViewer(`namespaces/${encodeURIComponent(namespace)}/simulation`, input);
}

function Simulated({ simulation }: { simulation: SimulationView }) {
  const { faults, targets, mode, knowsClusterRules, knowsPods } = simulation;
  if (faults.length > 0)
    return (
      <ul class="simulation" role="alert">
        {faults.map(({ ruleSet, message }) => (
          <li key={`${ruleSet} ${message}`}>
            {ruleSet !== '' && <strong>{ruleSet}: </strong>}
            {message}
          </li>
        ))}
      </ul>
    );
  const changed = outcomes
    .filter(({ isChange }) => isChange)
    .flatMap(({ outcome }) => targets.filter((target) => target.outcome === outcome));
  return (
    <div class="simulation">
      <ul class="names">
        {outcomes.map(({ outcome, words }) => (
          <li key={outcome}>
            {words}: {totalOf(targets.filter((target) => target.outcome === outcome))}
          </li>
        ))}
      </ul>
      {changed.length === 0 ? <p>Nothing of what was requested changes.</p> : <Changed targets={changed} />}
      {mode === 'observe' && (
        <p class="muted">
          The namespace is in observe mode, where nothing is refused: this is what enforce mode would do.
        </p>
      )}
      {!knowsClusterRules && (
        <p class="muted">
          You may not list ClusterEgressRuleSets: what they allow or deny is not taken into account.
        </p>
      )}
      {!knowsPods && (
        <p class="muted">You may not list pods: rule sets with a podSelector are taken to select none.</p>
      )}
    </div>
  );
}

const outcomes: readonly { outcome: SimulatedView['outcome']; words: string; isChange: boolean }[] = [
  { outcome: 'newlyRefused', words: 'Newly refused', isChange: true },
  { outcome: 'newlyPasses', words: 'Newly passes', isChange: true },
  { outcome: 'passes', words: 'Passes as before', isChange: false },
  { outcome: 'refused', words: 'Refused as before', isChange: false },
];

function totalOf(targets: readonly SimulatedView[]): string {
  const requests = targets.reduce((sum, target) => sum + target.requests, 0);
  return targets.length === 0
    ? 'nothing'
    : `${plural(targets.length, 'target')}, ${plural(requests, 'request')}`;
}

function Changed({ targets }: { targets: readonly SimulatedView[] }) {
  return (
    <table class="stacked">
      <TableHead
        columns={['Target', 'Outcome', 'Requests', 'Last request', 'Workloads']}
        numbers={['Requests']}
      />
      <tbody>
        {targets.map(({ target, outcome, requests, lastSeen, owners, reason, rule }) => (
          <tr key={target}>
            <th scope="row" class="target">
              {target}
            </th>
            <td data-label="Outcome">
              {outcome === 'newlyRefused' ? (
                <>
                  <span class="badge refused">newly refused</span> {explain(reason).why}
                </>
              ) : (
                <span class="badge allowed">newly passes</span>
              )}{' '}
              {rule !== undefined && <code>{rule}</code>}
            </td>
            <td data-label="Requests" class="number">
              {formatCount(requests)}
            </td>
            <td data-label="Last request">{formatAgo(lastSeen, now.value)}</td>
            <td data-label="Workloads">{owners.join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
