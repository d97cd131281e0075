/** An action for tests of what surrounds actions: an input of every type, a way to end in every manner. */
import { type RegisteredAction, register } from '../../src/actions/index.ts';
import { CancelledError, UserError } from '../../src/errors.ts';
import { defineAction } from '../../src/inputs.ts';
import type { Run } from '../../src/main.ts';
import { run as runCommand } from '../../src/process.ts';

export const action = defineAction({
  name: 'sample',
  title: 'Do a sample',
  description: 'Has an input of every type.',
  runner: 'pkg-publisher',
  stage: 'deploy',
  branding: { icon: 'box', color: 'blue' },
  renamed: { 'former-name': 'suite' },
  results: { folder: 'output', junit: 'junit.xml', codequality: 'codequality.json' },
  inputs: {
    target: { type: 'string', required: true, description: 'What it is for.', example: 'debian-12' },
    suite: { type: 'string', description: 'A suite.', pattern: /[a-z]+/, expected: 'lower-case letters' },
    output: { type: 'path', default: 'out', description: 'The folder.' },
    network: { type: 'boolean', default: false, description: 'Whether there is network.' },
    check: { type: 'boolean', default: true, description: 'Whether to check.' },
    jobs: { type: 'integer', min: 1, description: 'How many.' },
    retries: { type: 'integer', default: 3, description: 'How often | at most.' },
    timeout: { type: 'duration', default: '1h', description: 'How long.' },
    memory: { type: 'size', description: 'How much.' },
    mode: { type: 'choice', options: ['fast', 'safe'], default: 'safe', description: 'How.' },
    words: { type: 'list', description: 'Words.' },
    end: { type: 'string', default: 'well', description: 'How it ends.' },
    key: { type: 'secret', required: true, description: 'The key.' },
    passphrase: { type: 'secret', description: 'Its passphrase.' },
  },
  outputs: { seen: { description: 'The inputs as JSON.' }, empty: { description: 'Nothing.' } },
});

export const run: Run<typeof action.inputs, typeof action.outputs> = async (inputs, host) => {
  const { key, passphrase, ...rest } = inputs;
  host.info(`the key is ${key.reveal()}${passphrase === undefined ? '' : ` and ${passphrase.reveal()}`}`);
  switch (inputs.end) {
    case 'user error':
      host.output('seen', 'part');
      throw new UserError({ what: 'it is wrong', where: 'file:1', found: '"x"', expected: 'y' });
    case 'command error':
      await runCommand(['sh', '-c', 'echo first; echo "::error::last" >&2; exit 3', `it's`]);
      break;
    case 'bug':
      throw new TypeError('no such thing', { cause: new Error('deeper') });
    case 'system':
      throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/full\u001b[31m' });
    case 'several':
      throw new AggregateError([new UserError({ what: 'one' }), new UserError({ what: 'two' })]);
    case 'clean-up fails': {
      await using _ = {
        async [Symbol.asyncDispose]() {
          throw new Error('could not clean up');
        },
      };
      throw new UserError({ what: 'the first' });
    }
    case 'cancelled':
      throw new CancelledError();
    case 'waits':
      await runCommand(['sleep', '60'], { signal: host.signal });
      break;
    case 'deaf':
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      break;
    case 'never':
      await new Promise(() => {});
      break;
    case 'leaves a timer':
      setInterval(() => {}, 1000);
      break;
    case 'rejects aside':
      void Promise.reject(new Error('nobody awaits me'));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      break;
    case 'noisy':
      process.stdout.write('a library writes to standard output\n');
      break;
  }
  await host.summary('# Done');
  return { seen: JSON.stringify(rest), empty: '' };
};

export const SAMPLE: RegisteredAction = register(action, async () => ({ run }));
