import { bash } from '../shell.ts';

/** The article's names. */
export const ALIAS = 'microsoft.intra.aibang.local';
export const LOGIN = 'login.microsoft.com';
/** What runs the article's curl. */
export const POD = 'api/api';

const VMS = [1, 2] as const;
/** As local/vm.sh gives them. */
export const VM_ADDRESSES = ['10.200.0.50', '10.200.0.51'];

/** The lines of both VMs' access logs that hold a text. */
export async function vmLog(text: string): Promise<string[]> {
  const found = await Promise.all(
    VMS.map((vm) => bash(`scripts/cluster enter vm-${vm} grep -hF ${text} /var/log/squid/access.log`)),
  );
  return found.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
}

/** The article's `kubectl logs -n intra-proxy -l app=squid-proxy`, the lines that hold a text. */
export async function auditLines(text: string): Promise<AuditLine[]> {
  const log = await bash(`kubectl logs -n intra-proxy -l app=squid-proxy --tail=-1 | grep -F ${text}; true`);
  return log.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditLine);
}

interface AuditLine {
  id: string;
  time: string;
  namespace: string;
  pod: string;
  target: string;
  upstream?: string;
  upstreamStatus?: number;
  status?: number;
}
