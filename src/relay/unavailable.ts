const TEXT =
  'AgentUnavailable: the egress agent beside this proxy gave no answer in time; try again, and tell the operator of the proxy if it stays';

/**
 * The answer for a question that the agent has left open for too long. Squid decodes unquoted values, and an
 * answer of ERR would lose its notes, so a refusal is OK too.
 */
export function unavailableAnswer(channel: string, id: string): string {
  const text = encodeURIComponent(`${TEXT} (id ${id})`);
  return `${channel} OK verdict=deny id=${id} reason=AgentUnavailable decision=${text} message=${text}`;
}
