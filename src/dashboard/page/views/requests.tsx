import { useState } from 'preact/hooks';
import type { RequestAnswer, RequestView } from '../../wire.ts';
import { Empty } from '../components/notices.tsx';
import { formatAgo } from '../format.ts';
import { now } from '../state/now.ts';
import { fetchAsViewer } from '../state/polled.ts';
import { session } from '../state/session.ts';

export interface RequestsProps {
  namespace: string;
  requests: readonly RequestView[];
  mayAnswer: boolean;
  mayApproveOwn: boolean;
}

/** What the team has asked for. A viewer who may approve answers here. */
export function Requests({ namespace, requests, mayAnswer, mayApproveOwn }: RequestsProps) {
  const mayApprove = ({ requestedBy }: RequestView) => mayApproveOwn || requestedBy !== session.value?.viewer;
  return (
    <section>
      <h2>Requests for targets</h2>
      {requests.length === 0 && <Empty title="No requests for targets." />}
      <ul class="cards">
        {requests.map((request) => (
          <li key={request.uid} class="card asked">
            <Asked request={request} />
            {mayAnswer && request.answer === undefined && (
              <AnswerForm namespace={namespace} request={request} mayApprove={mayApprove(request)} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Asked({ request }: { request: RequestView }) {
  const { name, targets, selector, duration, requestedBy, reason, state, createdAt, problem } = request;
  return (
    <>
      <div class="card-head">
        <span class={`badge ${tones[state]}`}>{state}</span>
        <strong>{name}</strong>
        <span class="muted">
          for {duration}, {selector === undefined ? 'all pods' : `pods with ${selector}`}, asked by{' '}
          {requestedBy}
          {createdAt !== undefined && ` ${formatAgo(createdAt, now.value)}`}
        </span>
      </div>
      <ul class="names">
        {targets.map((target) => (
          <li key={target}>
            <code>{target}</code>
          </li>
        ))}
      </ul>
      <p>{reason}</p>
      <Answered request={request} />
      {problem !== undefined && <p class="muted">{problem}</p>}
    </>
  );
}

const tones: Readonly<Record<RequestView['state'], string>> = {
  Pending: 'observed',
  Approved: 'allowed',
  Refused: 'refused',
  Failed: 'refused',
  Expired: 'unknown',
};

function Answered({ request: { answer, expiresAt } }: { request: RequestView }) {
  if (answer === undefined) return null;
  const { outcome, by, reason } = answer;
  return (
    <p class="muted">
      {outcome} by {by}
      {reason !== undefined && `: ${reason}`}
      {expiresAt !== undefined && `, until ${new Date(expiresAt).toLocaleString('en-GB')}`}
    </p>
  );
}

interface AnswerFormProps {
  namespace: string;
  request: RequestView;
  /** False for the viewer's own request, which another user has to approve. */
  mayApprove: boolean;
}

function AnswerForm({ namespace, request, mayApprove }: AnswerFormProps) {
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState<'no' | 'under way' | 'taken'>('no');
  const [failure, setFailure] = useState<string>();
  const send = async (outcome: RequestAnswer['outcome']) => {
    setSent('under way');
    setFailure(undefined);
    const answer: RequestAnswer = { uid: request.uid, outcome, ...(reason !== '' && { reason }) };
    const path = `namespaces/${encodeURIComponent(namespace)}/requests/${encodeURIComponent(request.name)}/answer`;
    try {
      await fetchAsViewer(path, answer);
      setSent('taken');
    } catch (error) {
      setSent('no');
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  // Until the next answer of the server shows it.
  if (sent === 'taken') return <p class="muted">The answer was written.</p>;
  const isBusy = sent === 'under way';
  return (
    <div class="card-actions">
      <label>
        <span class="muted">Reason </span>
        <input
          value={reason}
          maxLength={1024}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <button type="button" disabled={isBusy || !mayApprove} onClick={() => send('Approved')}>
        Approve
      </button>
      <button type="button" disabled={isBusy || reason === ''} onClick={() => send('Refused')}>
        Refuse
      </button>
      {!mayApprove && <p class="muted">You asked for it: another user has to approve it.</p>}
      {failure !== undefined && (
        <p role="alert" class="badge refused">
          {failure}
        </p>
      )}
    </div>
  );
}
