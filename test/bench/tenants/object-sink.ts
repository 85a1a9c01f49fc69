/** Watches the rule sets of an API server, as an agent does, and drops them. Its argument: the server's URL. */
import { watchRuleSets } from '../../integration/support/squid/watch-rule-sets.ts';

const [, , server = ''] = process.argv;
await watchRuleSets(server, () => undefined);
