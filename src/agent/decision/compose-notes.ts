import { type Decision, formatRule } from '../../rules/index.ts';
import type { ClientPod } from '../identity/client-pod.ts';
import { type Answer, asciiLine } from '../question/answer.ts';

export interface NoteParts {
  decision: Decision;
  pod: ClientPod | undefined;
  /** The refusal in one line. */
  text: string | undefined;
  addresses: readonly string[] | undefined;
}

/** What the audit line shows of many addresses. */
const SHOWN_ADDRESSES = 8;

/**
 * The notes that go to Squid and, through its log, to the audit line, behind verdict and identifier. Without a refusal's
 * text they are the same for every request that asks the same.
 */
export function composeNotes({ decision, pod, text, addresses }: NoteParts): Answer {
  const line = text === undefined ? undefined : asciiLine(text);
  return {
    namespace: pod?.metadata.namespace,
    pod: pod?.metadata.name,
    owner: pod?.owner,
    ...(decision.verdict === 'allow' ? allowed(decision) : denied(decision, line)),
    resolved: addresses?.slice(0, SHOWN_ADDRESSES).join(','),
  };
}

/** In observe mode the reason is the one that enforce would have given. */
function allowed({ reason, rule, wouldDeny, upstreams }: Extract<Decision, { verdict: 'allow' }>): Answer {
  return {
    reason: wouldDeny?.reason ?? reason,
    rule: ruleText(wouldDeny?.rule ?? rule),
    wouldDeny: wouldDeny === undefined ? undefined : 'true',
    upstream: upstreams.join(','),
  };
}

function denied({ reason, rule }: Extract<Decision, { verdict: 'deny' }>, line: string | undefined): Answer {
  // The page is HTML: Squid would make `&quot;` of a quotation mark, and curl would show that.
  return { reason, rule: ruleText(rule), decision: line, message: line?.replaceAll('"', '') };
}

function ruleText(rule: Decision['rule']): string | undefined {
  return rule === undefined ? undefined : formatRule(rule);
}
