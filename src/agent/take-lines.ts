import type { Socket } from 'node:net';

/** Passes on the lines that follow the preamble. A peer whose first line is another is disconnected, and no line is passed. */
export function takeLines(socket: Socket, preamble: string, take: (line: string) => void): void {
  let rest = '';
  let next = (first: string) => {
    next = first === preamble ? take : () => {};
    if (first !== preamble) socket.destroy();
  };
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) next(line);
  });
}
