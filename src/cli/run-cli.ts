import {
  type Command,
  complete,
  exit,
  parseCommandLine,
  renderHelp,
  renderOverview,
  UsageError,
} from './command-line/index.ts';
import { commands } from './commands/index.ts';
import { explainError } from './explain-error.ts';
import type { Io } from './io.ts';

/** Runs `kubectl egress` and resolves with its exit code. Never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let command: Command | undefined;
  try {
    const parsed = parseCommandLine(commands, argv);
    switch (parsed.kind) {
      case 'help':
        io.print(parsed.command === undefined ? renderOverview(commands) : renderHelp(parsed.command));
        return exit.ok;
      case 'complete':
        io.print(complete(commands, parsed.words));
        return exit.ok;
      case 'run':
        command = parsed.command;
        return await command.run({ ...parsed.invocation, io });
    }
  } catch (error) {
    io.note(`error: ${explainError(error)}\n`);
    if (!(error instanceof UsageError)) return exit.unanswered;
    io.note(`See kubectl egress ${command === undefined ? '' : `${command.name} `}--help\n`);
    return exit.usage;
  }
}
