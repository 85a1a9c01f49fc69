import { useState } from 'preact/hooks';
import { Snippet } from '../components/copy-button.tsx';
import { Notice } from '../components/notices.tsx';
import { FetchFailure } from '../state/fetch-json.ts';
import { signIn, signInReason } from '../state/session.ts';

/** As in docs/guide/dashboard.md. The default ServiceAccount has no role, so a token of it would show nothing. */
const COMMANDS = [
  'kubectl create serviceaccount egress-viewer -n my-app',
  'kubectl create rolebinding egress-viewer -n my-app --clusterrole=view --serviceaccount=my-app:egress-viewer',
  'kubectl create token egress-viewer -n my-app',
].join('\n');

export function SignIn() {
  const [token, setToken] = useState('');
  const [failure, setFailure] = useState<string | undefined>();
  const [asking, setAsking] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    setFailure(await trySignIn(token.trim()));
    setAsking(false);
  };
  return (
    <form class="sign-in" onSubmit={submit}>
      <h1>Sign in</h1>
      <p>
        Sign in with a token of this cluster. You see each namespace in which the owner of the token may get
        egressactivities; the role <code>view</code> includes this permission.
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
        {asking ? 'Checking the token ...' : 'Sign in'}
      </button>
      <h2>Get a token</h2>
      <p>
        Replace <code>my-app</code> with your namespace. The first two commands are needed once; the third
        prints a token that is valid for an hour.
      </p>
      <Snippet text={COMMANDS} label="Copy commands" />
      <p class="muted">The token stays in this browser tab and is sent only to the dashboard.</p>
    </form>
  );
}

/** Returns why the sign-in failed. */
async function trySignIn(token: string): Promise<string | undefined> {
  if (!/^\S+$/.test(token)) return 'This is not a token: a token is one word without spaces.';
  try {
    await signIn(token);
    return undefined;
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error;
    return error.kind === 'unauthorized'
      ? 'The token is not valid in this cluster, or it has expired.'
      : error.message;
  }
}
