/** Takes the attacker's objects in place of an agent, and does nothing with them. */
import { answerParent } from '../../integration/support/squid/ipc-process.ts';

answerParent(() => undefined);
