import { resolve } from 'node:path'
import type { Run, RunSubmission } from '@run-it/sdk'
import { encodeBytes } from '@run-it/sdk'
import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { connectOrStart } from './engine.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { followSubmission } from './follow-submission.ts'
import { gatherFiles, mainFile } from './gather-files.ts'
import { guessEnvironment } from './guess-environment.ts'
import { Interruption } from './interruption.ts'
import { readTests } from './read-tests.ts'
import { eventsWhileTyping, interactionOf } from './run-interactively.ts'
import { artifactsOf, commandsOf, limitsOf, type RunOptions, splitOperands, variablesOf } from './run-options.ts'
import { saveArtifacts } from './save-artifacts.ts'
import { addServerOption, namedServer } from './server-option.ts'
import { givenInput } from './standard-input.ts'
import { write } from './write.ts'

/** Guards this process; a server that allows less says so itself. */
const uploadLimits = { maxFiles: 1000, maxBytes: 64 * 1024 * 1024 }

const examples = `
Examples:
  run-it run hello.py                        the environment is guessed from the extension
  run-it run main.go -- --verbose input.txt  what follows -- is the program's
  run-it run --env python@3.11 app.py        a version, or a range of versions
  run-it run project/ --main src/start.js    a whole folder
  echo 41 | run-it run increment.py          standard input is the program's
  run-it run --env c project/ --compile-command make --run-command ./main
                                             a project with commands of its own
  run-it run --timeout 30 --memory 1g job.c  limits
  run-it run plot.py --out results           the files that it makes, into a folder
  run-it run plot.py -o . --artifact '*.png' only some of them
  run-it run -i guess.py                     a terminal to the program: type, Ctrl-C, Ctrl-D
  run-it run main.c --tests tests/           verdicts instead of output
  run-it run --json hello.py                 the finished run instead of its output

Exit codes: the program's own; 1 a test was not accepted; 65 it did not compile; 124 timed out; 137 out of memory;
128+n killed by signal n; 130 canceled; 64 wrong usage; 66 a file cannot be read; 69 no engine or server;
73 a file cannot be written; 78 wrong settings.

--out replaces files that are there already, but none of those that were sent, unless --force is given; it follows no link in
the folder. Files that were sent and did not change are not written.

With -i every key goes to the program; Ctrl-] three times ends the run. Where stdin or stdout is no terminal, or with
--no-tty, the program has none either: it reads our standard input as it comes.

Without --server and RUN_IT_SERVER an engine is started in this process, and nothing of it is left behind.`

export function addRunCommand(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('Runs a program in a container. Its output is streamed, and its exit code becomes ours.')
    .argument('<file...>', 'files and folders; the first file is the one that runs')
    .option(
      '--env <name[@version]>',
      "environment, such as go or python@3.11; default: from the first file's extension",
    )
    .option('--main <file>', 'the file to run, when it is not the first')
    .option('--stdin <file>', "the program's standard input; - for ours (the default, unless it is a terminal)")
    .option('-i, --interactive', 'type into the program while it runs')
    .option('--tty', 'give the program a terminal (the default with -i on a terminal)')
    .option('--no-tty', 'give it none')
    .option('--arg <value>', 'an argument of the program; may be repeated', append, [])
    .option('--compile-command <words>', "compile with this, as in 'make all'; '' to compile nothing")
    .option('--run-command <words>', "run this instead of the environment's command; arguments are appended")
    .option('--timeout <time>', 'the most time it may take: seconds, or with a unit (500ms, 2m)')
    .option('--memory <size>', 'the most memory it may use, such as 256MiB or 1g')
    .option('--var <name=value>', "a variable of the program's environment; may be repeated", append, [])
    .option('--artifact <pattern>', 'a file to keep, such as *.png or out/**; may be repeated', append, [])
    .option('-o, --out <folder>', 'write the files that it makes into this folder; without --artifact all of them')
    .option('--force', 'let --out replace files that were sent')
    .option(
      '--tests <path>',
      'tests: a folder of NAME.in and NAME.out, or a JSON file; compiled once, each in a clean sandbox',
    )
    .option('--checker <name>', 'how their output is compared: exact, trimmed (the default), tokens or numbers')
    .option('--stop-on-failure', 'skip the tests after the first that is not accepted')
    .option('--pool <name>', 'whose workers run it, such as gpu; default: the pool default')
    .option('--json', 'print the finished run as JSON instead of its output')
    .option('--environments <folder>', 'further environments for the engine of this process')
    .option('--config <file>', 'settings for the engine of this process')
  addServerOption(command)
    .showHelpAfterError('What belongs to the program goes after --, as in: run-it run main.py -- --verbose')
    .addHelpText('after', examples)
    .action(async (operands: string[], options: RunOptions) => {
      const { files, args } = splitOperands(operands, context.argv)
      context.exitCode = await run(files, { ...options, arg: [...options.arg, ...args] }, context)
    })
}

function append(value: string, values: readonly string[]): readonly string[] {
  return [...values, value]
}

/** An engine of our own takes them with it. */
function refuseLostArtifacts(options: RunOptions, context: CliContext): void {
  const isKept = options.out !== undefined || options.json === true || namedServer(options, context) !== undefined
  if (options.artifact.length === 0 || isKept) return
  throw new CommandError(exitCodes.usage, '--artifact: say with --out where the files are to be written')
}

/** Everything that can be wrong with the input is found before an engine is started. */
async function run(operands: readonly string[], options: RunOptions, context: CliContext): Promise<number> {
  const limits = limitsOf(options)
  const env = variablesOf(options)
  const commands = commandsOf(options)
  const artifacts = artifactsOf(options)
  refuseLostArtifacts(options, context)
  using interruption = new Interruption(context)
  const { signal } = interruption
  const gathered = await gatherFiles(operands, context.folder, uploadLimits)
  if (gathered.skippedLinks > 0) {
    await write(context.stderr, `run-it: symbolic links left out: ${gathered.skippedLinks}\n`)
  }
  const main = mainFile(gathered, context.folder, options.main)
  const interaction = interactionOf(options, context)
  const tests = await readTests(options, context.folder)
  // Tests have their own.
  const takesNone = interaction !== undefined || (tests.tests !== undefined && options.stdin === undefined)
  const stdin = await givenInput(options, takesNone, signal, context)

  await using engine = await connectOrStart(options, context)
  signal.throwIfAborted()
  const paths = gathered.files.map(file => file.path)
  const submission: RunSubmission = {
    environment: options.env ?? guessEnvironment(await engine.client.environments.list({ signal }), { main, paths }),
    files: [...gathered.files],
    args: [...options.arg],
    ...(main !== undefined && { main }),
    ...(stdin.length > 0 && { stdin: encodeBytes(stdin) }),
    env,
    limits,
    ...commands,
    ...interaction,
    ...(options.pool !== undefined && { pool: options.pool }),
    ...(artifacts.length > 0 && { artifacts: [...artifacts] }),
    ...tests,
  }
  const { out } = options
  const spared = options.force ? [] : paths.map(path => resolve(gathered.base, path))
  const save = (finished: Run) =>
    out === undefined ? undefined : saveArtifacts(engine.client, finished, { out, spared: new Set(spared), context })
  // Awaited here, or the engine would be closed under the run.
  return await followSubmission(engine.client, submission, {
    signal,
    printsJson: options.json === true,
    context,
    onFinished: save,
    ...(interaction && { eventsOf: id => eventsWhileTyping(engine.client, id, interaction, context) }),
  })
}
