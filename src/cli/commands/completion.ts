import { type Command, completionScript, exit } from '../command-line/index.ts';

export const completion: Command = {
  name: 'completion',
  summary: 'Print the script that completes commands and flags in the shell',
  description: `Prints the script that kubectl calls for the completions of this plugin. Save it on the PATH as
    kubectl_complete-egress; every shell in which kubectl's own completion works then completes this plugin, too.`,
  examples: [
    [
      'Install it',
      'kubectl egress completion > ~/.local/bin/kubectl_complete-egress && chmod +x ~/.local/bin/kubectl_complete-egress',
    ],
  ],
  flags: [],
  online: false,
  run: async ({ io }) => {
    io.print(completionScript);
    return exit.ok;
  },
};
