/** A step that writes files of ours, and what is to be done after one of them changed. */
import { shellQuote } from '../errors.ts';
import type { Argv } from '../process.ts';
import { fileState, writeOwnedFile } from './owned-file.ts';
import type { Look, Step } from './step.ts';
import { placeIn, type System } from './system.ts';

export interface FileStep {
  readonly id: string;
  readonly title: string;
  readonly after?: readonly string[];
  /** Contents by absolute path. */
  readonly files: Readonly<Record<string, string>>;
  /** Write also over what a person changed. */
  readonly force: boolean;
  /** After any file was written. */
  readonly afterwards?: readonly Argv[];
  /** Asked when all files are as they should be: commands that are still needed. */
  readonly pending?: () => Promise<readonly Argv[]>;
  readonly logger: { warning(message: string): void };
}

export function fileStep(system: System, { files, force, afterwards = [], pending, logger, ...head }: FileStep): Step {
  return {
    ...head,
    async look(): Promise<Look> {
      const outdated: string[] = [];
      const foreign: string[] = [];
      for (const [file, content] of Object.entries(files)) {
        const state = await fileState(placeIn(system, file), content);
        if (state === 'outdated' || (state === 'foreign' && force)) outdated.push(file);
        else if (state === 'foreign') foreign.push(file);
      }
      for (const file of foreign) {
        logger.warning(`${file} was changed by somebody and is kept as it is; force writes it anew`);
      }
      const kept = foreign.length > 0 ? `; kept as somebody changed it: ${foreign.join(', ')}` : '';
      const commands = outdated.length > 0 ? afterwards : ((await pending?.()) ?? []);
      if (outdated.length === 0 && commands.length === 0) {
        return { state: 'fine', detail: `${Object.keys(files).join(', ')}${kept}` };
      }
      const writes = outdated.map((file) => `write ${file}`);
      return {
        state: 'needed',
        detail: `${[...writes, ...commands.map(shellQuote)].join(', ')}${kept}`,
        actions: [...writes, ...commands.map(shellQuote)],
        async apply() {
          for (const file of outdated) await writeOwnedFile(placeIn(system, file), files[file] ?? '');
          for (const command of commands) await system.change(command);
          const done = [...outdated.map((file) => `wrote ${file}`), ...commands.map(shellQuote)];
          return `${done.join(', ')}${kept}`;
        },
      };
    },
  };
}
