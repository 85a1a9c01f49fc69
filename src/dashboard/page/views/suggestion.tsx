import { useState } from 'preact/hooks';
import type { SuggestionView } from '../../wire.ts';
import { Snippet } from '../components/copy-button.tsx';
import { explain } from '../flows/reasons.ts';
import { ruleSetYaml } from '../flows/rule-set-yaml.ts';
import { plural } from '../format.ts';
import { fetchAsViewer } from '../state/polled.ts';

/** Suggests a rule set from what the namespace requested, when the viewer asks for it. */
export function Suggestion({ namespace }: { namespace: string }) {
  const [suggestion, setSuggestion] = useState<SuggestionView>();
  const [failure, setFailure] = useState<string>();
  const load = async () => {
    setFailure(undefined);
    try {
      setSuggestion(await fetchAsViewer(`namespaces/${encodeURIComponent(namespace)}/suggestion`));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section>
      <h2>Suggestion</h2>
      <button type="button" onClick={load}>
        Suggest a rule set
      </button>
      {failure !== undefined && (
        <p role="alert" class="badge refused">
          {failure}
        </p>
      )}
      {suggestion !== undefined && <Suggested namespace={namespace} suggestion={suggestion} />}
    </section>
  );
}

function Suggested({ namespace, suggestion }: { namespace: string; suggestion: SuggestionView }) {
  const { name, targets, targetGroups, leftOut, stillRefused, knowsClusterRules } = suggestion;
  const requests = targets.reduce((sum, target) => sum + target.requests, 0);
  return (
    <div class="suggestion">
      {targets.length + targetGroups.length === 0 ? (
        <p>Nothing to suggest: rules allow every target that passed.</p>
      ) : (
        <>
          <p>
            It allows {plural(targets.length, 'target')}
            {targetGroups.length > 0 && ` and the target groups ${targetGroups.join(', ')}`}, which had{' '}
            {plural(requests, 'request')}. Review it before you apply it.
          </p>
          <Snippet
            text={ruleSetYaml(
              namespace,
              targets.map(({ target }) => target),
              name,
              targetGroups,
            )}
            label="Copy the suggestion"
          />
        </>
      )}
      <p>
        {stillRefused.length === 0
          ? 'With it, enforce mode refuses nothing of what passed.'
          : `With it, enforce mode still refuses ${stillRefused.join(', ')}.`}
      </p>
      {!knowsClusterRules && (
        <p class="muted">
          You may not list ClusterEgressRuleSets: what they allow or deny is not taken into account.
        </p>
      )}
      {leftOut.length > 0 && (
        <ul>
          {leftOut.map(({ target, reason }) => (
            <li key={target}>
              Left out: <code>{target}</code>, {whyLeftOut(reason)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function whyLeftOut(reason: string): string {
  if (reason === 'Refused') return 'since it was refused: add it if it is needed';
  if (reason === 'NotATarget') return 'since it is no host and port that a rule can name';
  return `since ${explain(reason).why} (${reason})`;
}
