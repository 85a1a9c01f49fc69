import { useState } from 'preact/hooks';
import { Notice } from '../components/notices.tsx';
import { FetchFailure } from '../state/fetch-json.ts';
import { signIn, signInReason } from '../state/session.ts';

const COMMAND = 'kubectl create token default -n YOUR-NAMESPACE';

export function SignIn() {
  const [token, setToken] = useState('');
  const [failure, setFailure] = useState<string | undefined>();
  const [asking, setAsking] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    setFailure(await reasonAgainst(token.trim()));
    setAsking(false);
  };
  return (
    <form class="sign-in" onSubmit={submit}>
      <h1>Who may leave, who was refused, and why</h1>
      <p>
        Show who you are with a token of this cluster. You see the namespaces in which you may read
        egressactivities, which the role <code>view</code> allows.
      </p>
      {signInReason.value !== undefined && <Notice tone="warn" title={signInReason.value} />}
      {failure !== undefined && <Notice tone="bad" title={failure} />}
      <label>
        Token
        <input
          type="password"
          name="token"
          autocomplete="off"
          spellcheck={false}
          required
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={asking}>
        {asking ? 'Asking the API server ...' : 'Look'}
      </button>
      <p class="muted">
        Such as one of a ServiceAccount that you may use: <code>{COMMAND}</code>. It stays in this tab, and
        goes nowhere but to the dashboard.
      </p>
    </form>
  );
}

async function reasonAgainst(token: string): Promise<string | undefined> {
  if (!/^\S+$/.test(token)) return 'That is no token: it is one word without spaces.';
  try {
    await signIn(token);
    return undefined;
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error;
    return error.kind === 'unauthorized'
      ? 'This cluster does not know that token, or it has expired.'
      : error.message;
  }
}
